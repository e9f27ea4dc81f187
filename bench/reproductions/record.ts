/** What `penchant reproduce NAME --json` measured, kept by name. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Reproduced, Reproduction } from "./penchant.ts";

/** One metric of one model, with the kind of run that measured it. */
export interface Recorded extends Reproduced {
  readonly run: Reproduction["run"];
}

const folder = (root: string): string => join(root, "bench", "results", "reproductions");
const fileOf = (root: string, name: string): string => join(folder(root), `${name}.json`);

/** Of which something is recorded. */
export const recordedNames = (root: string): readonly string[] =>
  readdirSync(folder(root))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();

export function readRecorded(root: string, name: string): readonly Recorded[] {
  const file = fileOf(root, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Recorded[]) : [];
}

/** Two rows with the same are measurements of the same thing, and the later one counts. */
const keyOf = ({ model, metric, protocol, run, epochChosenBy, seeds }: Recorded): string =>
  JSON.stringify([model, metric, protocol, run, epochChosenBy, seeds]);

/**
 * Recorded rows with those of a document in their places; a new one stands after the last of its model. Throws for a run in small, whose values
 * compare with nothing.
 */
export function withRows(rows: readonly Recorded[], { name, rows: measured, run }: Reproduction): readonly Recorded[] {
  if (run === "quick") throw new Error(`${name} was measured in small (--quick), which is not recorded`);
  const result = [...rows];
  for (const row of measured.map((each): Recorded => ({ ...each, run }))) {
    const at = result.findIndex((old) => keyOf(old) === keyOf(row));
    const last = result.findLastIndex(({ model }) => model === row.model);
    if (at >= 0) result[at] = row;
    else result.splice(last < 0 ? result.length : last + 1, 0, row);
  }
  return result;
}

export function writeRecorded(root: string, name: string, rows: readonly Recorded[]): void {
  const file = fileOf(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
}
