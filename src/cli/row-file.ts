import { open, rename, rm } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { fail } from "../core/errors.ts";
import { isFolder, makeFolder } from "../files/folder.ts";
import { type ParquetRows, type ParquetTypes, writeParquet } from "../files/parquet.ts";

const FORMATS = { ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet" } as const;
export type RowFormat = (typeof FORMATS)[keyof typeof FORMATS];

/** How a file is written, by the ending of its name. Throws USAGE_ARGUMENTS. */
export function rowFormat(file: string): RowFormat {
  const ending = extname(file).toLowerCase();
  if (ending in FORMATS) return FORMATS[ending as keyof typeof FORMATS];
  return fail("USAGE_ARGUMENTS", {
    what: "The ending of --output does not say how to write it",
    expected: Object.keys(FORMATS).join(", "),
    received: JSON.stringify(file),
    fix: `Write for example --output ${file.replace(/\.[^./\\]*$/, "")}.jsonl.`,
  });
}

type Cell<Type> = Type extends "text" ? string : number | null;
export type Row<T extends ParquetTypes> = { readonly [Name in keyof T]: Cell<T[Name]> };

/**
 * Writes rows as they come, as CSV or Parquet; the file appears under its name when it is complete. An absent number is an
 * empty cell; in Parquet it is NaN where the type of the column has no question mark.
 */
export async function writeRows<T extends ParquetTypes>(
  file: string,
  types: T,
  rows: AsyncIterable<Row<T>>,
): Promise<void> {
  refuseFolder(file);
  makeFolder(dirname(file));
  if (rowFormat(file) === "parquet") await writeParquet(file, types, batches(types, rows));
  else await writeLines(file, csv(types, rows));
}

/** Writes lines as they come; the file appears under its name when it is complete and on the disk. */
export async function writeLines(file: string, lines: AsyncIterable<string>): Promise<void> {
  refuseFolder(file);
  makeFolder(dirname(file));
  const aside = `${file}.${process.pid}.part`;
  try {
    const handle = await open(aside, "w");
    try {
      let pending = "";
      for await (const line of lines) {
        pending += `${line}\n`;
        if (pending.length < 1 << 16) continue;
        await handle.writeFile(pending);
        pending = "";
      }
      await handle.writeFile(pending);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true }).catch(() => {}); // nothing to remove
  }
}

function refuseFolder(file: string): void {
  if (isFolder(file)) throw Object.assign(new Error(`${file} is a folder`), { code: "EISDIR", path: file });
}

async function* csv<T extends ParquetTypes>(types: T, rows: AsyncIterable<Row<T>>): AsyncGenerator<string> {
  const names: (keyof T & string)[] = Object.keys(types);
  yield names.join(",");
  for await (const row of rows) yield names.map((name) => quoted(row[name])).join(",");
}

/** As RFC 4180 has it. */
function quoted(cell: string | number | null): string {
  if (cell === null) return "";
  const text = String(cell);
  return /[",\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* batches<T extends ParquetTypes>(types: T, rows: AsyncIterable<Row<T>>): AsyncGenerator<ParquetRows<T>> {
  const names: (keyof T & string)[] = Object.keys(types);
  const empty = () => names.map((): (string | number | null)[] => []);
  const absent = names.map((name) => (types[name] === "float64?" ? null : Number.NaN));
  let columns = empty();
  const take = () => {
    const batch = Object.fromEntries(names.map((name, i) => [name, columns[i]])) as unknown as ParquetRows<T>;
    columns = empty();
    return batch;
  };
  for await (const row of rows) {
    for (const [i, name] of names.entries()) columns[i]?.push(row[name] ?? (absent[i] as number | null));
    if ((columns[0]?.length ?? 0) === 4096) yield take();
  }
  yield take();
}
