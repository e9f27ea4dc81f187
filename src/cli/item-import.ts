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

/** Items put into the log at once. */
const GROUP = 4096;

/**
 * Puts the fields of items into the log of the workspace, as `PUT` or `PATCH /v1/items/ID` does: each line is an object with an `item` and its fields. The
 * whole file is checked before anything is written. Throws DATA_FILE_MISSING, DATA_MALFORMED with the line, WORKSPACE_BUSY while a server runs.
 */
export async function importItems(session: Session, file: string, change: "put" | "patch" = "put"): Promise<PutItems> {
  if (!existsSync(file)) fail("DATA_FILE_MISSING", { what: `There is no file at ${file}` });
  const fields = new Set<string>();
  for await (const { fields: own } of changesIn(file, change)) for (const name of Object.keys(own)) fields.add(name);
  const release = lockEvents(session);
  let items = 0;
  try {
    const log = await EventLog.open(eventFolder(session));
    try {
      let group: ItemChange[] = [];
      for await (const one of changesIn(file, change)) {
        session.signal.throwIfAborted();
        items++;
        if (group.push(one) === GROUP) {
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
  return { items, fields: [...fields].sort() };
}

async function* changesIn(
  file: string,
  change: "put" | "patch",
): AsyncGenerator<ItemChange & { readonly fields: Fields }> {
  const time = Date.now() / 1000;
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === "") continue;
    const { item, fields } = parsed(line, number);
    yield { type: "item-change", change, item, fields, time };
  }
}

const check = checker(PutBody, "line", "DATA_MALFORMED");

function parsed(line: string, number: number): { readonly item: string; readonly fields: Fields } {
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
