import { join } from "node:path";
import { fail } from "../core/errors.ts";
import { createEvents, type Events } from "./events.ts";
import { type LineHandler, readLines, TABS, type Tables } from "./given-reader.ts";
import { IdTable } from "./id-table.ts";
import { parseNumber } from "./numbers.ts";
import type { ReadOptions } from "./options.ts";
import { Rejects } from "./report.ts";
import { givenReport } from "./report-given.ts";
import type { ReadResult } from "./result.ts";
import type { Fields } from "./tokenizer.ts";

/**
 * MovieLens-1M with the published leave-one-out test of "Neural Collaborative Filtering" (He et al., WWW 2017), from
 * `ratings.tsv.gz` (user, movie, rating, pos, timestamp), `item_list.txt` (raw id, index), `ml-1m.test.rating` and
 * `ml-1m.test.negative` (indices). Users are numbered as raw id - 1, items as in `item_list.txt`; ids are the raw ones.
 * Training is every rating but the test pairs, and every rating counts as 1. Times are chronological positions inside the
 * user (`pos`), because few true times are known; the true ones tie, so the test item is not always the last by position.
 */
export async function readNcfMl1mEvents(directory: string, { signal }: ReadOptions = {}): Promise<ReadResult> {
  const rejects = new Rejects();
  let rows = 0;
  const read = async (name: string, handle: LineHandler): Promise<void> => {
    rows += await readLines(join(directory, name), { dialect: TABS, signal, rejects }, handle);
  };
  const tables: Tables = { users: new IdTable(), items: new IdTable() };
  const make = (time: boolean): Events => createEvents({ value: false, time }, tables);
  const [train, test, candidates] = [make(true), make(true), make(false)];

  await read("item_list.txt", (bytes, fields) => {
    const index = tables.items.intern(bytes, ...field(fields, 0));
    return index === parseNumber(bytes, ...field(fields, 1)) ? undefined : "items are not numbered in order";
  });
  const tested = new Map<number, number>();
  await read("ml-1m.test.rating", (bytes, fields) => {
    const [user, item] = [0, 1].map((column) => parseNumber(bytes, ...field(fields, column)) ?? Number.NaN) as [
      number,
      number,
    ];
    if (tables.users.internText(String(user + 1)) !== user) return "users are not numbered in order";
    tested.set(user, item);
    return item < tables.items.size ? undefined : "unknown item";
  });
  await read("ml-1m.test.negative", (bytes, fields) => {
    const user = Number(/^\((\d+),\d+\)$/.exec(bytes.toString("latin1", ...field(fields, 0)))?.[1]);
    if (!(user < tables.users.size)) return 'does not begin with "(user,item)"';
    for (let column = 1; column < fields.count; column++) {
      const item = parseNumber(bytes, ...field(fields, column));
      if (item === undefined || !(item < tables.items.size)) return "unknown item";
      candidates.user.push(user);
      candidates.item.push(item);
    }
    return undefined;
  });
  let isHeader = true;
  await read("ratings.tsv.gz", (bytes, fields) => {
    const wasHeader = isHeader;
    isHeader = false;
    if (wasHeader) return undefined;
    const user = tables.users.find(bytes, ...field(fields, 0));
    const item = tables.items.find(bytes, ...field(fields, 1));
    const position = fields.count > 3 ? parseNumber(bytes, ...field(fields, 3)) : undefined;
    if (user < 0 || item < 0 || !Number.isFinite(position)) return "unknown user or movie, or no position";
    const part = tested.get(user) === item ? test : train;
    part.user.push(user);
    part.item.push(item);
    part.time?.push(position ?? 0);
    return undefined;
  });
  checkComplete(directory, { rejected: rejects.count, tested: tested.size, found: test.user.length });
  return {
    events: train,
    given: { test, candidates },
    report: givenReport({
      source: directory,
      format: "ncf-ml-1m",
      layout: "MovieLens-1M with the NCF paper's test and candidates",
      columns: ["user", "item", "time"],
      rows,
      rejects,
    }),
  };
}

function field({ starts, ends }: Fields, index: number): [start: number, end: number] {
  return [starts[index] ?? 0, ends[index] ?? 0];
}

/** A reproduction is exact or it is none. */
function checkComplete(directory: string, counts: { rejected: number; tested: number; found: number }): void {
  if (counts.rejected === 0 && counts.tested > 0 && counts.found === counts.tested) return;
  fail("DATA_FORMAT", {
    what: `${directory} is not the complete MovieLens-1M with the NCF test`,
    received: `${counts.rejected} malformed lines; ${counts.found} of ${counts.tested} test pairs among the ratings`,
    fix: "Restore the folder from its source.",
    details: counts,
  });
}
