/** Results that are a table in a document: one row per data set and model, measured in pieces, each by itself. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Row {
  readonly set: string;
  readonly model: string;
}

/** Where the rows of a table lie. */
export const rowFile = (root: string, name: string): string => join(root, "bench", "results", name, `${name}.json`);

export function readRows<T extends Row>(root: string, name: string): T[] {
  const file = rowFile(root, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T[]) : [];
}

/** The rows with this one in the place of an earlier one of its set and model, by set and then by model as they came. */
export function withRow<T extends Row>(rows: readonly T[], row: T): T[] {
  const at = rows.findIndex(({ set, model }) => set === row.set && model === row.model);
  if (at >= 0) return rows.map((old, place) => (place === at ? row : old));
  const last = rows.findLastIndex(({ set }) => set === row.set);
  return last < 0 ? [...rows, row] : [...rows.slice(0, last + 1), row, ...rows.slice(last + 1)];
}

/** A table of a document, which is written from its rows. */
export interface Table<T extends Row> {
  /** Of the benchmark and of its file of rows. */
  readonly name: string;
  /** From the root. */
  readonly document: string;
  text(rows: readonly T[]): string;
}

/** Keeps the row, and writes the table of the document anew. */
export function recordRow<T extends Row>(root: string, { name, document, text }: Table<T>, row: T): void {
  const rows = withRow(readRows<T>(root, name), row);
  const [file, page] = [rowFile(root, name), join(root, document)];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
  writeFileSync(page, documentWith(readFileSync(page, "utf8"), name, text(rows)));
}

/** Where the table of that name begins and ends in a text; the mark of its beginning says what writes it. */
function placeOf(text: string, name: string): readonly [from: number, to: number] {
  const begin = text.indexOf(`<!-- ${name}: begin (`);
  const end = `<!-- ${name}: end -->`;
  const [from, to] = [text.indexOf("-->", begin) + "-->".length, text.indexOf(end)];
  if (begin < 0 || to < from) throw new Error(`the document lacks <!-- ${name}: begin (…) --> … ${end}`);
  return [from, to];
}

/** The document with another table between its marks. */
export function documentWith(text: string, name: string, table: string): string {
  const [from, to] = placeOf(text, name);
  return `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`;
}

/** The table that the document holds. */
export function tableIn(text: string, name: string): string {
  return text.slice(...placeOf(text, name)).trim();
}
