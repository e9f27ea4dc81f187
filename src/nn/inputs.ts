import { input } from "../graph/ops.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { PictureColumns } from "./catalog.ts";

/** Ids of one side, `[batch]`. */
export type Ids = Tensor<"i32">;

/** Ids of events of the users of the batch, `[entries]`. */
export type Entries = Tensor<"i32", "unroll">;

/** For each id of the batch a row of a data matrix: what `bag` reads. */
export interface SparseRows {
  readonly matrix: Tensor<"f32", "data">;
  readonly ids: Ids;
  /** A column that is left out of each row. */
  readonly without?: Ids | undefined;
}

/** For each id of the batch what was done, one event after the other: what `events` takes apart. */
export interface SequenceRows {
  readonly matrix: Tensor<"f32", "data">;
  readonly ids: Ids;
}

/**
 * The latest events of the users of the batch, one user after the other, the oldest first: `[entries]` each. When a model learns, the last
 * event of a user is none of them: it is what the one before foretells.
 */
export interface Events {
  readonly items: Entries;
  /** How many events of the user come after it: 0 for the latest. */
  readonly places: Ids;
  /** The item of the event after each: what a loss compares with. Of a score there is no such thing. */
  readonly next: Entries;
}

/** What is known of each row of the batch besides its ids. */
export interface Described {
  /** Columns of it, 0 where nothing is known. */
  readonly featureCount: number;
  /** Features of each row, as numbers in those columns. Throws FEATURE_MISSING where there are none. */
  readonly features: SparseRows;
}

export interface SideInputs extends Described {
  readonly id: Ids;
  /** How many there are. */
  readonly size: number;
  /** Where their pictures are among the columns; undefined where they have none. */
  readonly picture?: PictureColumns | undefined;
}

/** What a model is built from: the ids to score, and what is known of them. */
export interface ModelInputs {
  readonly users: SideInputs & {
    /** What each user did, every event counting as one. */
    readonly history: SparseRows;
    /** The same, every event counting by its value: its rating. */
    readonly rated: SparseRows;
    /** The same in order of time, equal times in the order of their source. */
    readonly sequence: SequenceRows;
  };
  readonly items: SideInputs;
  /** What is known of the event: in training of the one that is learned from, in answering of the request. Not of tasks without events (`rows`). */
  readonly context: Described;
  /** 1 and 0 of `pointwise`; the values of the interactions, 1 where they have none, of `rating` and `positives`. */
  readonly label: Tensor<"f32">;
}

/** The ids of one call, and the label of its step. */
export interface Columns {
  readonly user: Ids;
  readonly item: Ids;
  /** Number of the interaction that a row of training is about. */
  readonly event: Ids;
  readonly label: Tensor<"f32">;
}

/** Fresh inputs of a plan, under the names that feeds have. */
export const columns = (): Columns => ({
  user: input("user", "i32"),
  item: input("item", "i32"),
  event: input("event", "i32"),
  label: input("label", "f32"),
});
