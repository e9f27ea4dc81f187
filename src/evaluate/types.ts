import type { Csr } from "../core/csr.ts";

/** What evaluation needs of a set of interactions; `Interactions` fits. */
export interface Part {
  readonly byUser: Csr;
  readonly users: Named;
  readonly items: Named;
}

/** Users, or items: how many, and where they have ids, which. */
export interface Named {
  readonly size: number;
  id?(index: number): string;
}

/** For each target, in the order of `targets.items`: how many other candidates score higher, and how many equal. */
export interface TargetRanks {
  readonly greater: Int32Array;
  readonly equal: Int32Array;
  /** Per row of the request: candidates ranked, targets included. */
  readonly candidates: Int32Array;
}

/** Anything that scores pairs; an engine's scorer fits, and so do the baselines, which need no engine. */
export interface ScoreSource {
  /** Scores of the pairs (users[i], items[i]); higher is better. */
  score(users: Int32Array, items: Int32Array): Promise<Float32Array>;
  /** Row i holds users[i]'s k best items outside `exclude`, best first; unused places are -1. */
  topK(request: {
    readonly users: Int32Array;
    readonly k: number;
    readonly exclude?: Csr | undefined;
  }): Promise<{ readonly items: Int32Array; readonly scores: Float32Array }>;
  /** Where row i's targets stand among all items outside row i of `exclude`; targets are always ranked. */
  ranks(request: {
    readonly users: Int32Array;
    readonly targets: Csr;
    readonly exclude?: Csr | undefined;
  }): Promise<TargetRanks>;
}

/** A measured value with its 95 % confidence interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Called between blocks of users. */
export interface Watch {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops between two blocks of users: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
