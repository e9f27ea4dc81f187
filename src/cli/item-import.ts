import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fail } from "../core/errors.ts";
import { isObject } from "../core/form.ts";
import { idText } from "../core/id.ts";
import { checker } from "../pipeline/index.ts";
import { PutBody } from "../serve/index.ts";
import { EventLog, type Fields, type ItemChange } from "../store/index.ts";
import { eventFolder, lockEvents } from "./service-files.ts";
import type { Session } from "./session.ts";

/** What `penchant items --json` prints. */
export interface PutItems {
  readonly items: number;
  /** Names of the fields, sorted. */
  readonly fields: readonly string[];
}

/** An item with its fields. */
export interface DescribedItem {
  readonly item: string;
  readonly fields: Fields;
}

/** What is known of items, read anew whenever it is asked for. */
export interface DescribedItems {
  items(): AsyncIterable<DescribedItem> | Iterable<DescribedItem>;
  /** What of it is no field, in words. */
  readonly leftOut?: readonly string[];
}

/** Items put into the log at once. */
const GROUP = 4096;

/**
 * Puts the fields of items into the log of the workspace, as `PUT` or `PATCH /v1/items/ID` does. All of them are read before anything is
 * written. Throws WORKSPACE_BUSY while a server runs, and as `items` does.
 */
export async function importItems(
  session: Session,
  items: DescribedItems["items"],
  change: "put" | "patch" = "put",
): Promise<PutItems> {
  const names = new Set<string>();
  for await (const { fields } of items()) for (const name of Object.keys(fields)) names.add(name);
  const release = lockEvents(session);
  const time = Date.now() / 1000;
  let count = 0;
  try {
    const log = await EventLog.open(eventFolder(session));
    try {
      let group: ItemChange[] = [];
      for await (const { item, fields } of items()) {
        session.signal.throwIfAborted();
        count++;
        if (group.push({ type: "item-change", change, item, fields, time }) === GROUP) {
          await log.append(group);
          group = [];
        }
      }
      await log.append(group);
    } finally {
      await log.close();
    }
  } finally {
    release();
  }
  return { items: count, fields: [...names].sort() };
}

/** Items of a file whose lines are objects with an `item` and its fields. Throws DATA_FILE_MISSING, DATA_MALFORMED with the line. */
export function itemsOfFile(file: string): DescribedItems {
  if (!existsSync(file)) fail("DATA_FILE_MISSING", { what: `There is no file at ${file}` });
  return { items: () => linesOf(file) };
}

async function* linesOf(file: string): AsyncGenerator<DescribedItem> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === "") continue;
    yield parsed(line, number);
  }
}

const check = checker(PutBody, "line", "DATA_MALFORMED");

function parsed(line: string, number: number): DescribedItem {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) throw new Error("it is no object");
    const { item, ...fields } = value;
    check({ fields });
    return { item: idText(item, "The item"), fields: fields as Fields };
  } catch (cause) {
    return fail("DATA_MALFORMED", {
      what: `Line ${number} of the items cannot be read: ${(cause as Error).message}`,
      fix: 'Write lines like {"item": "film-3", "genre": "drama", "price": 9.5}.',
      cause,
    });
  }
}
