import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { reproduceMl100kU1 } from "./ml-100k-u1.ts";
import { reproduceNcfMl1m } from "./ncf-ml-1m/index.ts";
import type { ReproduceOptions, Reproduction } from "./types.ts";

export type { Reproduced, ReproduceOptions, Reproduction } from "./types.ts";

const reproductions: Readonly<Record<string, (options: ReproduceOptions) => Promise<Reproduction>>> = {
  "ncf-ml-1m": reproduceNcfMl1m,
  "ml-100k-u1": reproduceMl100kU1,
};

export const reproductionNames: readonly string[] = Object.keys(reproductions);

/** Repeats a published experiment. Throws CONFIG_UNKNOWN for a name that is not in `reproductionNames`. */
export async function reproduce(name: string, options: ReproduceOptions): Promise<Reproduction> {
  const run = reproductions[name];
  if (run) return run(options);
  const close = nearest(name, reproductionNames);
  return fail("CONFIG_UNKNOWN", {
    what: `There is no reproduction "${name}"`,
    expected: reproductionNames.join(", "),
    received: name,
    fix: close ? `Did you mean "${close}"?` : "Choose one of the list.",
  });
}
