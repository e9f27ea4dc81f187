/**
 * `npm run bench -- reproductions DOCUMENT.json …`: keeps what `penchant reproduce NAME --json` measured, and writes the tables of
 * docs/reproductions.md anew. Without documents the tables alone.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documentWith } from "../row-file.ts";
import type { Reproduction } from "./penchant.ts";
import { readRecorded, recordedNames, withRows, writeRecorded } from "./record.ts";
import { reproductionTable } from "./table.ts";

const reproductionsDocument = "docs/reproductions.md";

export function main(files: readonly string[], root: string): number {
  for (const file of files) {
    const measured = JSON.parse(readFileSync(file, "utf8")) as Reproduction;
    writeRecorded(root, measured.name, withRows(readRecorded(root, measured.name), measured));
  }
  const page = join(root, reproductionsDocument);
  const text = recordedNames(root).reduce(
    (before, name) => documentWith(before, name, reproductionTable(readRecorded(root, name))),
    readFileSync(page, "utf8"),
  );
  writeFileSync(page, text);
  return 0;
}
