import type { Watch } from "../core/watch.ts";
import type { DiversityRequest } from "../rerank/index.ts";
import type { Deeds, ItemSet, Recommendations } from "../retrieve/index.ts";
import type { EventType, Fields } from "../store/index.ts";
import type { Pacing } from "./pacing.ts";

/** Vectors of items, one after the other. */
export interface Vectors {
  readonly values: Float32Array;
  readonly width: number;
}

export interface AskOptions {
  readonly k: number;
  readonly candidates?: readonly string[] | ItemSet | undefined;
  /** Whether what the person has met is left out. */
  readonly unseen: boolean;
  /** Left out besides. Default: nothing. */
  readonly exclude?: readonly string[] | undefined;
  /** The most popular ones, whoever asks. */
  readonly popular?: boolean;
  /** Look them up in the model's index. Throws INDEX_MISSING where it has none. */
  readonly index?: boolean;
}

/** What the event log knows of a person and an item. */
export interface Since {
  /** Kinds of the events, each once. */
  readonly types: readonly EventType[];
  /** The last word of theirs: a rating, Infinity of a like, -Infinity of a dislike; undefined where none was said. */
  readonly opinion: number | undefined;
}

/** Something in a pipeline that may be a slip, or cannot be done. */
export interface Doubt {
  /**
   * filter-failed: a condition that cannot be evaluated; filter-blind: a filter on what the person did, where nothing is known of that; rule-idle: a
   * source or a step that does nothing, since no item has its field, or no model knows its item.
   */
  readonly code: "filter-failed" | "filter-blind" | "rule-idle";
  readonly message: string;
}

/** Hears of them; `code`: default filter-failed. */
export type Doubting = (message: string, code?: Doubt["code"]) => void;

/** Everything that a pipeline needs to know of one request: the models, bound to who asks, and what is known of items. */
export interface Asker {
  /** Throws where a model of this name is not there. */
  recommend(model: string, options: AskOptions): Promise<Recommendations>;
  /** Items of a model that pass all the conditions. */
  passing(model: string, filters: readonly string[]): Promise<ItemSet>;
  /** Vectors of a model's items; undefined where it has none. */
  vectors(model: string, items: readonly string[]): Promise<Vectors | undefined>;
  /** Places of the candidates chosen, by the engine of a model. */
  diversify(model: string, request: DiversityRequest): Promise<Int32Array>;
  /** What the person likes, as far as a model knows. */
  past(model: string): Promise<readonly string[]>;
  /** What a model knows of what its users did. */
  deeds(model: string): Deeds;
  /** What the person did since, by item. */
  readonly since: ReadonlyMap<string, Since>;
  /** Their id; undefined where they have none. */
  readonly person: string | undefined;
  /** Number of items of a model. */
  size(model: string): number;
  knows(model: string, item: string): boolean;
  /** What is known of an item; nothing, where nothing is. */
  fields(item: string): Fields;
  /** Ids of items of which something is known. */
  readonly described: Iterable<string>;
  /** Why an item is kept out of all lists: it was deleted or is not available (hidden), or the request leaves it out (excluded). */
  keptOut(item: string): "hidden" | "excluded" | undefined;
  readonly user: Fields;
  /** Seconds since 1970. */
  readonly now: number;
  /** Prices that follow what is shown. Default: those of the pipeline stay. */
  readonly pacing?: Pacing | undefined;
  /** Sees each stage as it is done. Default: nobody does. */
  readonly watch?: Watch | undefined;
}

/** An item on its way. */
export interface Candidate {
  readonly item: string;
  readonly score: number;
  /** At which place each source had it, from 1. */
  readonly from: Readonly<Record<string, number>>;
}

export interface PageItem {
  readonly item: string;
  readonly score: number;
  /** At which place each source had it, from 1. */
  readonly from: Readonly<Record<string, number>>;
  /** Its place, from 1, after ranking and after each step that moved it. */
  readonly places: readonly { readonly stage: string; readonly place: number }[];
}

/** What became of an item that was asked after. */
export interface Fate {
  readonly item: string;
  /**
   * listed: it is on the page; unknown: no model of the pipeline knows it; hidden: deleted or not available; excluded: by the request; seen; filter, bought, disliked, met, ratedBelow: a
   * filter leaves it out; candidates: no source gave it; rank: ranked behind the page; the name of a step: that moved it behind the page.
   */
  readonly stage: string;
  /** In words: by what, and at which place. */
  readonly why: string;
  /** Place from 1 where the stage has one. */
  readonly place?: number;
}

export interface Page {
  readonly items: readonly PageItem[];
  /** How the model with the say answered: see `Method`. */
  readonly method: string;
  readonly known: boolean;
  /**
   * Items after each stage, and how long it took; of a step of `rerank` also what it cost: by how much the mean score of the page fell, of scores
   * from 0 to 1 before all steps.
   */
  readonly stages: readonly {
    readonly stage: string;
    readonly items: number;
    readonly ms: number;
    readonly cost?: number;
  }[];
  readonly fates?: readonly Fate[];
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
}
