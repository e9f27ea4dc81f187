import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { coldItemFolders, coldItemRows, reproduceColdItems } from "./cold-items/index.ts";
import { gowallaModels, reproduceGowalla } from "./gowalla.ts";
import { lastfmDiversityMethods, reproduceLastfmDiversity } from "./lastfm-diversity.ts";
import { ncfMl1mModels, reproduceNcfMl1m } from "./ncf-ml-1m/index.ts";
import { ratioModels, reproduceMl1mRatio, reproduceMl100kRatio } from "./ratio.ts";
import {
  ml1mRmseModels,
  ml100kRmseModels,
  ml100kU1Models,
  reproduceMl1mRmse,
  reproduceMl100kRmse,
  reproduceMl100kU1,
} from "./rmse.ts";
import { ml1mSequenceModels, reproduceMl1mSequence, reproduceMl1mTime } from "./sequence/index.ts";
import { SMALL } from "./small.ts";
import type { Measurement, ReproduceOptions, Reproduction } from "./types.ts";

export type { Reproduced, ReproduceOptions, Reproduction, SmallRun } from "./types.ts";

interface Experiment {
  /** What `only` can name. */
  readonly models: readonly string[];
  /** Its folder within one of all data sets; several: those of which it takes what is there. */
  readonly folder: string | readonly string[];
  run(options: ReproduceOptions): Promise<Measurement>;
}

const reproductions: Readonly<Record<string, Experiment>> = {
  "ncf-ml-1m": { folder: "ml-1m", models: ncfMl1mModels, run: reproduceNcfMl1m },
  gowalla: { folder: "gowalla", models: gowallaModels, run: reproduceGowalla },
  "cold-items": { folder: coldItemFolders, models: coldItemRows, run: reproduceColdItems },
  "ml-1m-sequence": { folder: "ml-1m", models: ml1mSequenceModels, run: reproduceMl1mSequence },
  "ml-1m-time": { folder: "ml-1m", models: ml1mSequenceModels, run: reproduceMl1mTime },
  "ml-1m-ratio": { folder: "ml-1m", models: ratioModels, run: reproduceMl1mRatio },
  "ml-100k-ratio": { folder: "ml-100k", models: ratioModels, run: reproduceMl100kRatio },
  "ml-100k-u1": { folder: "ml-100k", models: ml100kU1Models, run: reproduceMl100kU1 },
  "ml-100k-rmse": { folder: "ml-100k", models: ml100kRmseModels, run: reproduceMl100kRmse },
  "ml-1m-rmse": { folder: "ml-1m", models: ml1mRmseModels, run: reproduceMl1mRmse },
  "lastfm-diversity": { folder: "lastfm-2k", models: lastfmDiversityMethods, run: reproduceLastfmDiversity },
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
  return { ...(await experiment.run(options)), ...kindOf(options) };
}

const kindOf = ({ quick, choose }: ReproduceOptions): Pick<Reproduction, "run" | "small"> =>
  quick ? { run: "quick", small: SMALL } : { run: choose ? "choose" : "all" };

/** All of them, one after the other. Plain JSON. */
export interface Reproductions {
  readonly reproductions: readonly Reproduction[];
  /** Those whose folder is not there. */
  readonly skipped: readonly { readonly name: string; readonly folder: string }[];
  readonly seconds: number;
}

/** Repeats everything; `from` has a folder for each data set. Throws DATA_FILE_MISSING where it has none of them. */
export async function reproduceAll({ from, ...options }: Omit<ReproduceOptions, "only">): Promise<Reproductions> {
  const started = performance.now();
  const done: Reproduction[] = [];
  const skipped: Reproductions["skipped"][number][] = [];
  for (const [name, { folder, run }] of Object.entries(reproductions)) {
    const folders = [folder].flat();
    if (!folders.some((each) => existsSync(join(from, each)))) {
      skipped.push({ name, folder: folders.join(", ") });
      continue;
    }
    options.onLine?.(`${name} …`);
    const own = { ...options, from: typeof folder === "string" ? join(from, folder) : from };
    done.push({ ...(await run(own)), ...kindOf(own) });
  }
  if (done.length === 0) nothingThere(from, skipped);
  return { reproductions: done, skipped, seconds: (performance.now() - started) / 1000 };
}

function nothingThere(from: string, skipped: Reproductions["skipped"]): never {
  fail("DATA_FILE_MISSING", {
    what: `${from} has no folder of a data set`,
    expected: [...new Set(skipped.map(({ folder }) => folder))].join(", "),
    fix: "Name the folder that has those: penchant reproduce --all --from DIR.",
  });
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
