import { join } from "node:path";
import { createEvents, type Events } from "./events.ts";
import { plainOrGzip, readLines, SPACES, type Tables } from "./given-reader.ts";
import { IdTable } from "./id-table.ts";
import { missing } from "./ncf.ts";
import type { ReadOptions } from "./options.ts";
import { Rejects } from "./report.ts";
import { givenReport } from "./report-given.ts";
import type { ReadResult } from "./result.ts";

/**
 * The format of the data published with LightGCN (He et al., SIGIR 2020): `train.txt` and `test.txt` with lines
 * "user item item …". An optional `valid.txt` is a validation part that the authors' train.txt contains. A line with a
 * user alone is a user without interactions, which is no error.
 */
export async function readLightGcn(directory: string, { signal }: ReadOptions = {}): Promise<ReadResult> {
  const tables: Tables = { users: new IdTable(), items: new IdTable() };
  const rejects = new Rejects();
  let rows = 0;
  const read = async (path: string): Promise<Events> => {
    const events = createEvents({ value: false, time: false }, tables);
    rows += await readLines(path, { dialect: SPACES, signal, rejects }, (bytes, { count, starts, ends }) => {
      if (starts[0] === ends[0]) return "no user at the start of the line";
      const user = tables.users.intern(bytes, starts[0] ?? 0, ends[0] ?? 0);
      for (let field = 1; field < count; field++) {
        const [start, end] = [starts[field] ?? 0, ends[field] ?? 0];
        if (end === start) continue;
        events.user.push(user);
        events.item.push(tables.items.intern(bytes, start, end));
      }
      return undefined;
    });
    return events;
  };
  const path = (name: string): string => plainOrGzip(join(directory, name)) ?? missing(join(directory, name));
  const events = await read(path("train.txt"));
  const validPath = plainOrGzip(join(directory, "valid.txt"));
  const validation = validPath ? await read(validPath) : undefined;
  const test = await read(path("test.txt"));
  return {
    events,
    given: { test, validation },
    report: givenReport({
      source: directory,
      format: "lightgcn",
      layout: `train.txt, ${validation ? "valid.txt, " : ""}test.txt`,
      columns: ["user", "item"],
      rows,
      rejects,
    }),
  };
}
