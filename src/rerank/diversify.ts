import type { Csr } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { dpp } from "./dpp.ts";
import { checkCount, checkWithin } from "./greedy.ts";
import { cosineOf, jaccardOf, type Likeness } from "./likeness.ts";
import { DEFAULT_LAMBDA, mmr } from "./mmr.ts";
import { msd } from "./msd.ts";
import { DEFAULT_GAMMA, DEFAULT_WINDOW, ssd } from "./ssd.ts";

/** What tells how alike candidates are: vectors, by their cosine, or what each has, by Jaccard. */
export type Traits =
  | {
      /** `[candidates, width]` */
      readonly vectors: Float32Array;
      readonly width: number;
    }
  | {
      /** Row i: numbers of what candidate i has, ascending and distinct, each below `things`. */
      readonly sets: Pick<Csr, "offsets" | "items">;
      readonly things: number;
    };

/** How a list is chosen; what the numbers mean, and their defaults: see `mmr`, `msd`, `dpp`, `ssd`. */
export type Diversity =
  | { readonly method: "mmr" | "msd" | "dpp"; readonly lambda?: number | undefined }
  | { readonly method: "ssd"; readonly gamma?: number | undefined; readonly window?: number | undefined };

export interface DiversityRequest {
  /** One for each candidate, higher is better. */
  readonly scores: ArrayLike<number>;
  readonly traits: Traits;
  readonly diversity: Diversity;
  /** Length of the list; fewer candidates give a shorter one. */
  readonly k: number;
}

/** A list that differs within itself: places of the candidates chosen, by the definition that every engine follows. Throws CONFIG_VALUE. */
export function diversify(request: DiversityRequest): Int32Array {
  const { scores, traits, k, diversity } = checkedDiversity(request);
  const likeness = likenessBy(traits);
  if (diversity.method === "ssd") return ssd(scores, likeness, { ...diversity, k });
  return { mmr, msd, dpp }[diversity.method](scores, likeness, { ...diversity, k });
}

/** With the defaults of what is left out. Throws CONFIG_VALUE where a number lies outside its range, or a side is of other candidates. */
export function checkedDiversity({ scores, traits, diversity, k }: DiversityRequest): DiversityRequest {
  checkCount(k, "k");
  const rows = "sets" in traits ? traits.sets.offsets.length - 1 : traits.vectors.length / traits.width;
  if (rows !== scores.length) {
    fail("CONFIG_VALUE", {
      what: "What tells candidates apart is not that of the candidates scored",
      expected: `one row for each of ${scores.length} scores`,
      received: `${rows} rows`,
    });
  }
  if (diversity.method === "ssd") {
    const { gamma = DEFAULT_GAMMA, window = DEFAULT_WINDOW } = diversity;
    checkWithin(gamma, "gamma", [0, Number.MAX_VALUE]);
    checkCount(window, "window");
    return { scores, traits, k, diversity: { ...diversity, gamma, window } };
  }
  const { lambda = DEFAULT_LAMBDA } = diversity;
  checkWithin(lambda, "lambda", [0, 1]);
  return { scores, traits, k, diversity: { ...diversity, lambda } };
}

function likenessBy(traits: Traits): Likeness {
  if ("vectors" in traits) return cosineOf(traits.vectors, traits.width);
  const { offsets, items } = traits.sets;
  return jaccardOf(Array.from(offsets.subarray(1), (end, row) => new Set(items.subarray(offsets[row], end))));
}
