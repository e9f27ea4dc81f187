import type { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import type { Events } from "./events.ts";
import type { IdTable } from "./id-table.ts";
import { parseNumber, TICKS, timeUnit } from "./numbers.ts";
import type { ReadOptions } from "./options.ts";
import { lineText, type Rejects } from "./report.ts";
import { isGzip, magic, openSource } from "./source.ts";
import { type Dialect, type Fields, Tokenizer } from "./tokenizer.ts";
import { EventWriter, type WriterOptions } from "./writer.ts";

/** Id tables shared by the parts of a benchmark. */
export interface Tables {
  readonly users: IdTable;
  readonly items: IdTable;
}

/** What a line is turned into: a problem, or nothing. */
export type LineHandler = (bytes: Buffer, fields: Fields) => string | undefined;

/** Reads every line of a file (gzip or not) through a handler; returns the number of lines that are not blank. */
export async function readLines(
  path: string,
  { dialect, signal, rejects }: { dialect: Dialect; signal?: AbortSignal | undefined; rejects: Rejects },
  handle: LineHandler,
): Promise<number> {
  let rows = 0;
  const tokenizer = new Tokenizer(dialect, {
    record(bytes, fields, line, start, end) {
      rows++;
      const problem = handle(bytes, fields);
      if (problem !== undefined) rejects.add(problem, line, () => lineText(bytes, start, end));
    },
    malformed(reason, line, bytes, start, end) {
      rows++;
      rejects.add(reason, line, () => lineText(bytes, start, end));
    },
  });
  for await (const chunk of openSource(path, { gzip: isGzip(await magic(path)), signal }).chunks) tokenizer.push(chunk);
  tokenizer.end();
  return rows;
}

export const TABS: Dialect = { delimiter: "\t", quoted: false };
export const SPACES: Dialect = { delimiter: " ", quoted: false };

/** Reads lines "user <tab> item <tab> rating <tab> time"; rating and time may be missing. */
export async function readRatingLines(
  path: string,
  { tables, signal, rejects }: { tables: Tables; rejects: Rejects } & Pick<ReadOptions, "signal">,
): Promise<{ events: Events; rows: number }> {
  const writer = new EventWriter({ value: true, time: true } satisfies WriterOptions, tables);
  const rows = await readLines(path, { dialect: TABS, signal, rejects }, (bytes, { count, starts, ends }) => {
    if (count < 2) return `${count} field instead of 2 to 4`;
    const at = (field: number): [number, number] => [starts[field] ?? 0, ends[field] ?? 0];
    const value = count > 2 ? parseNumber(bytes, ...at(2)) : 1;
    return writer.add(bytes, at(0), at(1), value, count > 3 ? secondsOf(parseNumber(bytes, ...at(3))) : undefined);
  });
  return { events: writer.events, rows };
}

/** A unix time in a unit that its size tells. */
function secondsOf(time: number | undefined): number | undefined {
  return time === undefined ? undefined : time / TICKS[timeUnit(time)];
}

/** The file, or the same with .gz. */
export function plainOrGzip(path: string): string | undefined {
  return [path, `${path}.gz`].find((one) => existsSync(one));
}
