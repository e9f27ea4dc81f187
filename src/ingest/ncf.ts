import type { Buffer } from "node:buffer";
import { basename } from "node:path";
import { fail } from "../core/errors.ts";
import { createEvents, type Events } from "./events.ts";
import { plainOrGzip, readLines, readRatingLines, TABS, type Tables } from "./given-reader.ts";
import { IdTable } from "./id-table.ts";
import type { ReadOptions } from "./options.ts";
import { Rejects } from "./report.ts";
import { givenReport } from "./report-given.ts";
import type { ReadResult } from "./result.ts";

/**
 * The format of the data published with "Neural Collaborative Filtering" (He et al., WWW 2017): `NAME.train.rating` and
 * `NAME.test.rating` with lines "user <tab> item <tab> rating <tab> time", and `NAME.test.negative`, optional, with lines
 * "(user,item) <tab> item <tab> item …": the items that the user's test item is ranked against.
 */
export async function readNcf(prefix: string, options: ReadOptions = {}): Promise<ReadResult> {
  const { signal } = options;
  const tables: Tables = { users: new IdTable(), items: new IdTable() };
  const rejects = new Rejects();
  const trainPath = plainOrGzip(`${prefix}.train.rating`) ?? missing(`${prefix}.train.rating`);
  const testPath = plainOrGzip(`${prefix}.test.rating`) ?? missing(`${prefix}.test.rating`);
  const negativePath = plainOrGzip(`${prefix}.test.negative`);
  const train = await readRatingLines(trainPath, { tables, signal, rejects });
  const test = await readRatingLines(testPath, { tables, signal, rejects });
  const negatives = negativePath ? await readNegatives(negativePath, { tables, signal, rejects }) : undefined;
  return {
    events: train.events,
    given: { test: test.events, candidates: negatives?.events },
    report: givenReport({
      source: prefix,
      format: "ncf",
      layout: `${basename(prefix)}.train.rating, .test.rating${negatives ? ", .test.negative" : ""}`,
      columns: ["user", "item", "value", "time"],
      rows: train.rows + test.rows + (negatives?.rows ?? 0),
      rejects,
    }),
  };
}

/** Reads a `.test.negative` file into pairs of user and candidate. */
export async function readNegatives(
  path: string,
  { tables, signal, rejects }: { tables: Tables; rejects: Rejects } & Pick<ReadOptions, "signal">,
): Promise<{ events: Events; rows: number }> {
  const events = createEvents({ value: false, time: false }, tables);
  const rows = await readLines(path, { dialect: TABS, signal, rejects }, (bytes, { count, starts, ends }) => {
    const user = userOf(bytes, starts[0] ?? 0, ends[0] ?? 0);
    if (user === undefined) return 'does not begin with "(user,item)"';
    const index = tables.users.internText(user);
    for (let field = 1; field < count; field++) {
      const [start, end] = [starts[field] ?? 0, ends[field] ?? 0];
      if (end === start) continue;
      events.user.push(index);
      events.item.push(tables.items.intern(bytes, start, end));
    }
    return undefined;
  });
  return { events, rows };
}

function userOf(bytes: Buffer, start: number, end: number): string | undefined {
  return /^\((.*),[^,]*\)$/.exec(bytes.toString("utf8", start, end))?.[1];
}

export function missing(path: string): never {
  return fail("DATA_FORMAT", {
    what: `There is no ${path}`,
    expected: "NAME.train.rating and NAME.test.rating (plain or .gz) beside each other",
    fix: "Complete the folder, or import a single file.",
  });
}
