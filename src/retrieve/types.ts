/** A user known to the run by id, or somebody of whom only a few items are known. */
export type Who = string | Profile;

export interface Profile {
  /** Raw ids of items that the person likes, in any order. Unknown ones are ignored, and reported. */
  readonly items: readonly string[];
  /** Ratings of those items, for models trained on ratings. Default: the highest rating of the training data. */
  readonly values?: readonly number[] | undefined;
}

export interface RecommendOptions {
  /** Length of the list, from 1 to the size of the catalogue. Default 10, or the whole of a smaller catalogue. */
  readonly k?: number | undefined;
  /** Also give the past items that contributed most to each recommendation. Default false. */
  readonly why?: boolean | undefined;
  /**
   * What never to return. `seen` (default): the items of the user's training history, or of the profile; `none`: nothing;
   * a list of ids: the seen items and these.
   */
  readonly exclude?: "seen" | "none" | readonly string[] | undefined;
  /** Choose among these items only. Default: the whole catalogue. */
  readonly candidates?: readonly string[] | undefined;
}

/** A past item that speaks for a recommendation. */
export interface Reason {
  readonly item: string;
  /** Its share of everything in the history that speaks for the recommendation, in (0, 1]. */
  readonly weight: number;
}

export interface RecommendedItem {
  readonly item: string;
  /** The model's score: a logit, or a predicted rating; popularity: training interactions. Higher is better. */
  readonly score: number;
  /** Asked for with `why`: at most three, the strongest first; empty where nothing in the history speaks for the item. */
  readonly why?: readonly Reason[];
  /** How `why` was found, where it was found in another way than the answer's `explanation`. */
  readonly explanation?: ExplanationMethod;
}

/**
 * model: the user's own trained rows; fold-in: rows trained just now on the profile alone; popularity: most training
 * interactions, where nothing is known that the run could use; baseline: the order of a run that learned from nobody
 * (popularity, random). The last two are not personal, and have no reasons.
 */
export type Method = "model" | "fold-in" | "popularity" | "baseline";

/**
 * influence: how much learning from the past item raises this score, to first order; co-occurrence: how often the two items
 * are met by the same users; none: there is no history to explain by, or the answer is not personal.
 */
export type ExplanationMethod = "influence" | "co-occurrence" | "none";

/** An answer. Plain JSON. */
export interface Recommendations {
  /** The id asked for; null for a profile. */
  readonly user: string | null;
  /** Whether the run knows this user, or something of the profile that it can learn from. `method` says what it made of it. */
  readonly known: boolean;
  readonly method: Method;
  /** The best first; fewer than k where no more are left. */
  readonly items: readonly RecommendedItem[];
  /** How `why` was found; only where it was asked for. Where influence finds nothing for an item, co-occurrence is asked. */
  readonly explanation?: ExplanationMethod;
  /** Ids given in the request that the run does not know; absent where there are none. */
  readonly ignored?: readonly string[];
}

/** Items like another one. Plain JSON. */
export interface SimilarItems {
  readonly item: string;
  /** cosine: between the items' learned vectors; co-occurrence: for models without item vectors. */
  readonly method: "cosine" | "co-occurrence";
  /** The most similar first; scores in [-1, 1] (co-occurrence: (0, 1]). */
  readonly items: readonly { readonly item: string; readonly score: number }[];
}

export interface Recommender extends Disposable {
  /** Always answers. Throws CONFIG_VALUE (k, values of a profile) alone. */
  recommend(who: Who, options?: RecommendOptions): Promise<Recommendations>;
  /** Throws DATA_ITEM_UNKNOWN with the nearest ids, CONFIG_VALUE (k). */
  similar(itemId: string, options?: { readonly k?: number | undefined }): Promise<SimilarItems>;
  /** Everybody's list, in the order of the user ids, without ever holding more than a block of users. */
  recommendAll(options?: Pick<RecommendOptions, "k" | "exclude">): AsyncGenerator<Recommendations>;
  /** Frees the engine's memory. */
  dispose(): void;
}
