import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchmarkResult } from "./result.ts";

/** Fewer or shorter rounds than these are a try-out, not a result. */
export const worthRecording = { rounds: 3, seconds: 1 } as const;

/** Why a result should not replace the recorded one; undefined where it should. */
export function whyNotRecorded(
  { cases }: BenchmarkResult,
  { rounds, seconds, engine }: { readonly rounds: number; readonly seconds: number; readonly engine: string },
): string | undefined {
  if (engine !== "native") return `it was the ${engine} engine that ran`;
  if (rounds < worthRecording.rounds) return `fewer than ${worthRecording.rounds} rounds`;
  if (seconds < worthRecording.seconds) return `rounds of less than ${worthRecording.seconds} s`;
  if (cases.some(({ ratio }) => ratio === undefined)) return "no peer took part";
  const different = cases.filter(({ agreement }) => agreement.some(({ holds }) => !holds));
  return different.length > 0 ? `not the same work: ${different.map(({ id }) => id).join(", ")}` : undefined;
}

const fileOf = (folder: string, name: string): string => join(folder, `${name}.json`);

export function writeResult(folder: string, result: BenchmarkResult): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(folder, result.name), `${JSON.stringify(result, null, 2)}\n`);
}

export function readResult(folder: string, name: string): BenchmarkResult | undefined {
  const path = fileOf(folder, name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as BenchmarkResult) : undefined;
}

/** Every recorded result, in the order of `names`. */
export function readResults(folder: string, names: readonly string[]): BenchmarkResult[] {
  return names.map((name) => readResult(folder, name)).filter((result) => result !== undefined);
}

/** Names of all recorded results. */
export function recordedNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []));
}
