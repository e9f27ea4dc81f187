import type { Csr, DataMatrices } from "../core/csr.ts";
import type { Fusion } from "../core/fuse.ts";
import type { FittedContext, FittedFeatures } from "../features/index.ts";
import type { Plan } from "../graph/plan.ts";

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Item indices, one row per user. */
export type History = Csr;

/** Where a saved run comes from and what it is worth. Plain JSON: what `artifact.json` shows. */
export interface RunMetadata {
  /** When training ended, ISO 8601; the caller says so, because artifacts must not depend on a clock. */
  readonly created: string;
  /** Version of this package that trained the run. */
  readonly packageVersion: string;
  readonly model: {
    /** As on the command line. */
    readonly name: string;
    readonly title: string;
    /** What it was trained for: decides what a fold-in learns from. */
    readonly task: "pointwise" | "pairwise" | "rating" | "positives" | "rows" | "solve" | "none" | "ensemble";
    readonly config: { readonly [option: string]: Json };
  };
  readonly dataset: {
    readonly name?: string;
    /** Of the interactions, so that a run is not evaluated on other data by accident. */
    readonly fingerprint: string;
    readonly users: number;
    readonly items: number;
    readonly interactions: number;
  };
  /** How test and validation were held out: the kind, its options and seed. */
  readonly split: { readonly kind: string; readonly [option: string]: Json };
  readonly seed: number;
  /** Options and record of the training. `negatives` (per positive) is what a fold-in weighs; default 4. */
  readonly training: { readonly [key: string]: Json };
  /** Users taken out of the run since it was trained. Absent: none. */
  readonly forgotten?: number;
  /** Whatever was measured, by name. */
  readonly metrics: { readonly [key: string]: Json };
}

/** For a user who was not there in training: the score of a catalog with one user, and the tables that this one needs rows of. */
export interface FoldInPlans {
  readonly score: Plan;
  readonly userParameters: readonly string[];
}

/**
 * A user's row as weighted least squares over their events, `unobserved` the weight of every item; its regularization is
 * `l2 (events + unobserved items)^exponent`. See `LeastSquaresProblem` of the engines.
 */
export interface NewcomerRow {
  /** Names of the tables of users and of items. */
  readonly users: string;
  readonly items: string;
  readonly unobserved: number;
  readonly offset: number;
  readonly l2: number;
  readonly exponent: number;
}

/** All that answering needs, and the only thing that training hands on: no training code, no original data. */
export interface Artifact {
  readonly metadata: RunMetadata;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly plans: {
    /** user, item → `score`. */
    readonly score: Plan;
    readonly foldIn?: FoldInPlans | undefined;
    /** user, item → `score`, `gradient` [batch, width] along the user's own rows. */
    readonly influence?: Plan | undefined;
    /** item → `vector` [batch, width]. */
    readonly itemVectors?: Plan | undefined;
    /** For users known by their history alone, where `score` does not look at it: user, item → `score`; the tables of users. */
    readonly history?: FoldInPlans | undefined;
    /**
     * Without inputs: the finished tables that come of features of items, from what they are made of; a row for each item. What a new
     * item's rows are made by.
     */
    readonly itemTables?: Plan | undefined;
    /** How features become numbers, of each side that has some, and the context of events. */
    readonly features?:
      | {
          readonly users?: FittedFeatures | undefined;
          readonly items?: FittedFeatures | undefined;
          readonly context?: FittedContext | undefined;
        }
      | undefined;
    /** How the row of a newcomer is solved for, where rows are. */
    readonly newcomer?: NewcomerRow | undefined;
  };
  /** Raw ids by index. */
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** What the model learned from: the training interactions of each user. */
  readonly history: History;
  /**
   * What else was known of each user when the run was made: held out, or left out by a threshold (its values tell which). Never
   * recommended, never learned from. Undefined where nobody said; format 1 had no place for it.
   */
  readonly unlearned?: History | undefined;
  /** Which of all these pairs have events of a kind, by its name in the data (`view`, `purchase`). Absent where the data have no kinds. */
  readonly kinds?: Readonly<Record<string, History>> | undefined;
  /** Data matrices that the score reads besides the history, by name. */
  readonly matrices?: DataMatrices | undefined;
  /** When each user did something last, in unix seconds, NaN where unknown; where scores look at it. */
  readonly lastTimes?: Float64Array | undefined;
  /** Training interactions of each item. */
  readonly popularity: Float32Array;
}

/** Several runs of the same data that answer together. What they have in common stands beside them. */
export interface Ensemble
  extends Pick<Artifact, "metadata" | "users" | "items" | "history" | "unlearned" | "popularity"> {
  readonly fusion: Fusion;
  readonly members: readonly EnsembleMember[];
}

export interface EnsembleMember {
  /** As the run was named. */
  readonly run: string;
  /** What its part of a score is multiplied with, above 0. */
  readonly weight: number;
  readonly artifact: Artifact;
}

/** What a saved run is. */
export type Saved = Artifact | Ensemble;

export const isEnsemble = (saved: Saved): saved is Ensemble => "members" in saved;

/** What the plan of a run reads of the data, by name: the history with every event as one, the same by values, and what was solved for. */
export function dataOf({ history, matrices }: Pick<Artifact, "history" | "matrices">): DataMatrices {
  const { offsets, items } = history;
  return { history: { offsets, items }, rated: history, ...matrices };
}
