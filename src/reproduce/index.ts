import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { coldItemSets, reproduceColdItems } from "./cold-items.ts";
import { gowallaModels, reproduceGowalla } from "./gowalla.ts";
import { ml1mSequenceModels, reproduceMl1mSequence } from "./ml-1m-sequence.ts";
import { ml100kU1Models, reproduceMl100kU1 } from "./ml-100k-u1.ts";
import { ncfMl1mModels, reproduceNcfMl1m } from "./ncf-ml-1m/index.ts";
import type { ReproduceOptions, Reproduction } from "./types.ts";

export type { Reproduced, ReproduceOptions, Reproduction } from "./types.ts";

interface Experiment {
  /** What `only` can name. */
  readonly models: readonly string[];
  run(options: ReproduceOptions): Promise<Reproduction>;
}

const reproductions: Readonly<Record<string, Experiment>> = {
  "ncf-ml-1m": { models: ncfMl1mModels, run: reproduceNcfMl1m },
  gowalla: { models: gowallaModels, run: reproduceGowalla },
  "cold-items": { models: coldItemSets, run: reproduceColdItems },
  "ml-1m-sequence": { models: ml1mSequenceModels, run: reproduceMl1mSequence },
  "ml-100k-u1": { models: ml100kU1Models, run: reproduceMl100kU1 },
};

export const reproductionNames: readonly string[] = Object.keys(reproductions);

/** Repeats a published experiment. Throws CONFIG_UNKNOWN for a name that is not in `reproductionNames`, or an `only` without rows. */
export async function reproduce(name: string, options: ReproduceOptions): Promise<Reproduction> {
  const experiment = Object.hasOwn(reproductions, name) ? reproductions[name] : undefined;
  if (!experiment) return unknown(`There is no reproduction "${name}"`, name, reproductionNames);
  const { only } = options;
  if (only !== undefined && !experiment.models.includes(only)) {
    unknown(`The reproduction ${name} has no model "${only}"`, only, experiment.models);
  }
  return experiment.run(options);
}

function unknown(what: string, received: string, known: readonly string[]): never {
  const close = nearest(received, known);
  return fail("CONFIG_UNKNOWN", {
    what,
    expected: known.join(", "),
    received,
    fix: close ? `Did you mean "${close}"?` : "Choose one of the list.",
    details: { known },
  });
}
