import { basename } from "node:path";
import { fail } from "../../core/errors.ts";

const valid = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** Whether it can be the name of an entry; what is called otherwise was put there by others. */
export const isName = (name: string): boolean => valid.test(name);

/** Names become folders, so they are kept plain. Throws WORKSPACE_NAME. */
export function checkName(kind: string, name: string): string {
  if (isName(name)) return name;
  return fail("WORKSPACE_NAME", {
    what: `This cannot be the name of a ${kind}`,
    received: JSON.stringify(name),
    fix: `Try ${JSON.stringify(plainName(name))}.`,
  });
}

/** The nearest valid name: `My ratings.csv.gz` → `My-ratings`. */
export function plainName(text: string): string {
  const stem = basename(text).replace(/(\.(csv|tsv|txt|dat|data|jsonl|ndjson|json|parquet|gz|zst|rating))+$/i, "");
  const plain = stem
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+/u, "")
    .slice(0, 64);
  return plain || "data";
}

/** `stem-1`, `stem-2` …: the first that is not taken. */
export function freshName(stem: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = `${stem}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
