import type { Buffer } from "node:buffer";
import { shellWord } from "./shell-word.ts";

/** Something that people have and that is not read, with the command that makes it readable. */
export interface KnownContent {
  readonly name: string;
  readonly fix: string;
}

interface Rule {
  readonly name: string;
  matches(start: Buffer): boolean;
  fix(path: string, start: Buffer): string;
}

const bytes =
  (...wanted: readonly number[]) =>
  (start: Buffer): boolean =>
    wanted.every((byte, at) => start[at] === byte);
const text =
  (wanted: string, at = 0) =>
  (start: Buffer): boolean =>
    start.toString("latin1", at, at + wanted.length) === wanted;

const piped =
  (command: string) =>
  (path: string): string =>
    `Pipe it: ${command} ${shellWord(path)} | penchant import - --name NAME`;
const pandas =
  (read: string) =>
  (path: string): string =>
    `Export it, e.g. python -c "import pandas; pandas.${read}('${path}').to_csv('data.csv', index=False)", then import data.csv.`;

/** A ZIP archive holds an entry of that name near its start. */
const zipWith =
  (part: string) =>
  (start: Buffer): boolean =>
    isZip(start) && start.includes(part);
const isZip = bytes(0x50, 0x4b, 3, 4);

function unzip(path: string, start: Buffer): string {
  const name = start.toString("utf8", 30, 30 + (start[26] ?? 0) + 256 * (start[27] ?? 0));
  const entry = name === "" || name.endsWith("/") ? "FILE" : shellWord(name);
  return `List it with unzip -l ${shellWord(path)}, and pipe one file: unzip -p ${shellWord(path)} ${entry} | penchant import - --name NAME`;
}

/** In order: what is special comes before what it is made of. */
const RULES: readonly Rule[] = [
  { name: "an Excel workbook", matches: zipWith("xl/"), fix: sheet },
  { name: "an Excel workbook", matches: zipWith("[Content_Types].xml"), fix: sheet },
  { name: "an OpenDocument file", matches: zipWith("application/vnd.oasis.opendocument"), fix: sheet },
  { name: "a NumPy archive", matches: zipWith(".npy"), fix: array },
  { name: "a ZIP archive", matches: isZip, fix: unzip },
  { name: "an empty ZIP archive", matches: bytes(0x50, 0x4b, 5, 6), fix: () => "Give a file of interactions." },
  { name: "an old Excel workbook", matches: bytes(0xd0, 0xcf, 0x11, 0xe0), fix: sheet },
  {
    name: "an SQLite database",
    matches: text("SQLite format 3"),
    fix: (path) =>
      `Export a table: sqlite3 -header -csv ${shellWord(path)} 'select * from TABLE' | penchant import - --name NAME (its tables: sqlite3 ${shellWord(path)} .tables)`,
  },
  { name: "compressed with zstd", matches: bytes(0x28, 0xb5, 0x2f, 0xfd), fix: piped("zstd -dc") },
  { name: "compressed with bzip2", matches: text("BZh"), fix: piped("bzip2 -dc") },
  { name: "compressed with xz", matches: bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a), fix: piped("xz -dc") },
  { name: "compressed with gzip twice", matches: bytes(0x1f, 0x8b), fix: piped("gzip -dc") },
  { name: "compressed with lz4", matches: bytes(0x04, 0x22, 0x4d, 0x18), fix: piped("lz4 -dc") },
  { name: "compressed with compress (.Z)", matches: bytes(0x1f, 0x9d), fix: piped("gzip -dc") },
  { name: "a 7-Zip archive", matches: bytes(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), fix: piped("7z e -so") },
  {
    name: "a RAR archive",
    matches: text("Rar!"),
    fix: (path) => `Pipe one file: unrar p -inul ${shellWord(path)} FILE | penchant import - --name NAME`,
  },
  {
    name: "a tar archive",
    matches: text("ustar", 257),
    fix: (path) =>
      `List it with tar -tf ${shellWord(path)}, and pipe one file: tar -xOf ${shellWord(path)} FILE | penchant import - --name NAME`,
  },
  { name: "an Arrow or Feather file", matches: text("ARROW1"), fix: pandas("read_feather") },
  { name: "a Feather file", matches: text("FEA1"), fix: pandas("read_feather") },
  { name: "an ORC file", matches: text("ORC"), fix: pandas("read_orc") },
  { name: "an HDF5 file", matches: bytes(0x89, 0x48, 0x44, 0x46), fix: pandas("read_hdf") },
  { name: "an Avro file", matches: text("Obj\u0001"), fix: () => "Export it as Parquet, CSV or JSON lines." },
  { name: "a NumPy array", matches: text("\u0093NUMPY"), fix: array },
  {
    name: "a Python pickle",
    matches: (start) => start[0] === 0x80 && (start[1] ?? 0) <= 5,
    fix: pandas("read_pickle"),
  },
  {
    name: "a PostgreSQL dump",
    matches: text("PGDMP"),
    fix: () => `Export a table instead: psql -c "\\copy TABLE to 'data.csv' csv header", then import data.csv.`,
  },
  { name: "a PNG image", matches: bytes(0x89, 0x50, 0x4e, 0x47), fix: () => "Give a file of interactions." },
  { name: "a PDF document", matches: text("%PDF"), fix: () => "Give a file of interactions." },
  {
    name: "a web page, not the file that it offers",
    matches: (start) => /^\s*(<!doctype html|<html)/i.test(start.toString("latin1", 0, 200)),
    fix: () => "Download the file itself: follow the page's link, e.g. curl -L ADDRESS -o data.csv.",
  },
  {
    name: "an XML document",
    matches: (start) => /^\s*<\?xml/.test(start.toString("latin1", 0, 200)),
    fix: () => "Export it as CSV, JSON lines or Parquet.",
  },
  {
    name: "a pointer of Git LFS, not the file itself",
    matches: text("version https://git-lfs"),
    fix: () => "Fetch the file: git lfs pull.",
  },
  {
    name: "a database dump in SQL",
    matches: (start) => /^\s*(--[^\n]*dump|INSERT INTO|CREATE TABLE)/i.test(start.toString("latin1", 0, 400)),
    fix: () => "Export the table as CSV instead, e.g. mysql --batch -e 'select * from TABLE' DATABASE > data.tsv.",
  },
];

function sheet(path: string): string {
  return `Save the sheet as CSV, or: libreoffice --headless --convert-to csv ${shellWord(path)}`;
}

function array(path: string): string {
  return `Write it as text, e.g. python -c "import numpy; numpy.savetxt('data.csv', numpy.load('${path}'), '%s', ',')", then import data.csv.`;
}

/** What the first bytes say a file is, where that is known and not read. */
export function knownContent(path: string, start: Buffer): KnownContent | undefined {
  const rule = RULES.find(({ matches }) => matches(start));
  return rule && { name: rule.name, fix: rule.fix(path, start) };
}
