import type { Engine } from "../engine/contract.ts";

/** One published number beside ours. */
export interface Reproduced {
  readonly model: string;
  readonly factors: number;
  readonly metric: string;
  /** How items were ranked, where a reproduction does so in more than one way: `full`, `sampled-100` … */
  readonly protocol?: string;
  /** Null where nothing comparable was published. */
  readonly published: number | null;
  /** Mean over the seeds. */
  readonly measured: number;
  /**
   * 95 % bootstrap interval of `measured`: over users, each with the mean of its values over the seeds; of RMSE, over test
   * ratings. What another draw of users would change, not what another seed would: that shows in `values`.
   */
  readonly low: number;
  readonly high: number;
  /** What chose the epoch: `test` is the authors' optimistic way, `validation` the honest one. */
  readonly epochChosenBy: "test" | "validation" | "none";
  /** The chosen epoch of each seed, counted from 1. */
  readonly epochs: readonly number[];
  readonly seeds: readonly number[];
  /** Each seed's value. */
  readonly values: readonly number[];
  /** Training and evaluation of all seeds. What an earlier row has trained already is not trained, and not counted, again. */
  readonly seconds: number;
  /** Numbers that are learned or solved for. */
  readonly parameters?: number;
  /** Of one training, validation and refit included: the mean over all. */
  readonly trainSeconds?: number;
  /** The most that the process had held by the end of a training. */
  readonly peakMemoryBytes?: number;
}

/** What an experiment measured. */
export interface Measurement {
  readonly name: string;
  readonly protocol: string;
  readonly rows: readonly Reproduced[];
  readonly seconds: number;
}

export interface Reproduction extends Measurement {
  /**
   * `all`: trained on all training data, for as long as the recipe says; `choose`: without the part that chose the epoch anew;
   * `quick`: every row in small.
   */
  readonly run: "all" | "choose" | "quick";
  /** Of a quick run alone: how small it was. Its values do not compare with published ones, nor with those of other runs. */
  readonly small?: SmallRun;
}

/** Bounds of a quick run. */
export interface SmallRun {
  /** Users at most, drawn from all of the data set. */
  readonly users: number;
  /** Epochs of a training at most. */
  readonly epochs: number;
  readonly seeds: number;
}

export interface ReproduceOptions {
  /** Folder with the data. */
  readonly from: string;
  /** Every row in small: at most 1,000 users, one epoch, one seed (the first, or those of `seeds`), of several folds the first. */
  readonly quick?: boolean;
  /** Default: each recipe's own list. */
  readonly seeds?: readonly number[] | undefined;
  /**
   * Choose each row's epoch anew: hold out a validation part, train without it, take the epoch that it prefers. Default: train
   * on everything and take the epoch that such a run chose before (written in the recipe).
   */
  readonly choose?: boolean;
  /** This model's rows alone, such as `gmf-32`. */
  readonly only?: string | undefined;
  readonly engine: Engine;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** One line for people, as it happens. */
  readonly onLine?: (line: string) => void;
}
