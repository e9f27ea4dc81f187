import type { Id } from "../core/id.ts";
import type { FeatureRow } from "../features/index.ts";
import type { Deeds } from "./deeds.ts";
import type { AskedEvent } from "./event.ts";
import type { ItemSet } from "./item-set.ts";
import type { NewItem } from "./new-items.ts";

export type { Id };

/** A user known to the run by id, or somebody of whom a few items are known. */
export type Who = Id | Profile;

/** At least one of `user`, `items`, `ratings` and `features`. */
export interface Profile {
  /** A user of the run: the items are then what they have done since, on top of their history. */
  readonly user?: Id | undefined;
  /**
   * Raw ids of items that the person likes, the earliest first: models that look at order do so, to others it is the same. Unknown
   * ones are ignored, and reported.
   */
  readonly items?: readonly Id[] | undefined;
  /** Ratings of those items, in their order. Default: the highest rating of the training data. */
  readonly values?: readonly number[] | undefined;
  /**
   * Rated items by id, instead of `items` and `values` or beside them. Models of ratings learn from them, on the scale of the
   * data; in a run with a threshold those below it count as seen, not as liked; other runs count each as liked, and warn.
   */
  readonly ratings?: Readonly<Record<string, number>> | ReadonlyMap<Id, number> | undefined;
  /** Of somebody new: values by feature, as the data set names them, for runs that read features of users. */
  readonly features?: FeatureRow | undefined;
}

export interface RecommendOptions extends AskedEvent {
  /** Length of the list, from 1 to the size of the catalogue. Default 10, or the whole of a smaller catalogue. */
  readonly k?: number | undefined;
  /** Also give the past items that contributed most to each recommendation. Default false. */
  readonly why?: boolean | undefined;
  /**
   * What never to return. `seen` (default): all that the user is known to have met (learned from, held out, or below a threshold)
   * and the items of the profile; `none`: nothing; a list of ids: the seen items and these.
   */
  readonly exclude?: "seen" | "none" | readonly Id[] | undefined;
  /** Seen items may be returned too; a list in `exclude` still holds. Default false. */
  readonly includeSeen?: boolean | undefined;
  /** Choose among these items only. Default: the whole catalogue. */
  readonly candidates?: readonly Id[] | ItemSet | undefined;
  /** Never returned, whatever `exclude` says: what is out of stock, for one. */
  readonly hidden?: ItemSet | undefined;
  /** The most popular items, whatever is known of who asks; what they have met is left out as always. Default false. */
  readonly popular?: boolean | undefined;
  /**
   * Look the items up in the run's index of item vectors: nearly the same list, without a look at every item. Default false. Throws
   * INDEX_MISSING where there is none, INDEX_STALE where it is of other vectors.
   */
  readonly index?: boolean | undefined;
}

/** How similar items are looked for. */
export interface SimilarOptions {
  /** Length of the list, from 1 to the size of the catalogue. Default 10, or the whole of a smaller catalogue. */
  readonly k?: number | undefined;
  readonly candidates?: readonly Id[] | ItemSet | undefined;
  readonly hidden?: ItemSet | undefined;
}

/** A past item that speaks for a recommendation; never one that the person rated low. */
export interface Reason {
  readonly item: string;
  /** Its share of everything in the history that was found to speak for the recommendation, in (0, 1]. */
  readonly weight: number;
}

/** What one member of an ensemble says for a recommendation. */
export interface MemberShare {
  /** The run, as it was named. */
  readonly run: string;
  /** Of all that members say for the item, in (0, 1]. */
  readonly share: number;
}

export interface RecommendedItem {
  readonly item: string;
  /**
   * The model's score: a logit, or a predicted rating, which is clipped to the scale of the data; popularity: training
   * interactions. Higher is better.
   */
  readonly score: number;
  /** Asked for with `why`: at most three, the strongest first; empty where nothing in the history speaks for the item. */
  readonly why?: readonly Reason[];
  /** How `why` was found, where it was found in another way than the answer's `explanation`. */
  readonly explanation?: ExplanationMethod;
  /** Of an ensemble, with `why`: the members that speak for the item, the strongest first. */
  readonly members?: readonly MemberShare[];
}

/**
 * model: the user's own trained rows; fold-in: rows trained just now on the profile (and the history of the user it names);
 * history: the scores of a model that looks at what was done, for all that is known now; features: those of
 * somebody of whom nothing else is known; popularity: most training interactions, where nothing is known that the run could use; baseline: the order of a run that
 * learned from nobody (popularity, random). The last two are not personal, and have no reasons.
 */
export type Method = "model" | "fold-in" | "history" | "features" | "popularity" | "baseline";

/**
 * influence: how much this score would fall were the past item taken away and the user folded in again; left-out: the same,
 * exactly, of models that look at the history itself or solve for a user's row; attention: how much the recommended item attends
 * to it, where the score is such a mean of what was done; co-occurrence: how often the two items are met by the same users; members: of an
 * ensemble, by what each of its members goes, in proportion to what they say for the item; none: there is no history to explain by, or the answer is not personal.
 */
export type ExplanationMethod = "influence" | "left-out" | "attention" | "co-occurrence" | "members" | "none";

/** Something that an answer leaves out or takes otherwise than one may expect; no error. */
export interface AnswerWarning {
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
}

/** An answer. Plain JSON. */
export interface Recommendations {
  /** The id asked for; null for a profile without one. */
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
  /** `values-ignored`: the ratings of the profile play no part. Absent where there are none. */
  readonly warnings?: readonly AnswerWarning[];
}

/** Items like another one. Plain JSON. */
export interface SimilarItems {
  readonly item: string;
  /** cosine: between the items' learned vectors; co-occurrence: for models without item vectors. */
  readonly method: "cosine" | "co-occurrence";
  /** The most similar first; scores in [-1, 1] (co-occurrence: (0, 1]). */
  readonly items: readonly { readonly item: string; readonly score: number }[];
}

export interface Pair {
  readonly user: Id;
  readonly item: Id;
}

/** The score of a pair. Plain JSON. */
export interface ScoredPair {
  readonly user: string;
  readonly item: string;
  /** As in `RecommendedItem`; null where the run has none. */
  readonly score: number | null;
  /** Why there is none: the run does not know the user or the item, or has learned nothing of the user. */
  readonly missing?: "user" | "item" | "history";
}

export interface Recommender extends Disposable {
  /** `seen-unknown`: the run knows of its users what it learned from, and may recommend what else they have met. */
  readonly warnings: readonly AnswerWarning[];
  /**
   * Always answers. Throws DATA_ID (what is no id), CONFIG_VALUE (k, ratings that do not fit, what is no time, options that are none) and CONFIG_UNKNOWN (an option that there is not) alone, and of an event FEATURE_MISSING,
   * FEATURE_UNKNOWN and FEATURE_VALUE, where it is not read or not of its kind.
   */
  recommend(who: Who, options?: RecommendOptions): Promise<Recommendations>;
  /** Throws DATA_ITEM_UNKNOWN with the nearest ids, DATA_ID, CONFIG_VALUE (k), CONFIG_UNKNOWN. */
  similar(itemId: Id, options?: SimilarOptions): Promise<SimilarItems>;
  /** Everybody's list, in the order of the user ids, without ever holding more than a block of users. */
  recommendAll(options?: Omit<RecommendOptions, "why">): AsyncGenerator<Recommendations>;
  /**
   * Scores of given pairs, in their order; `event`: what is known of the event that all of them are scored for. Throws DATA_ID, CONFIG_UNKNOWN (an option that there is not), and of
   * an event as `recommend`.
   */
  score(pairs: readonly Pair[], event?: AskedEvent): Promise<ScoredPair[]>;
  readonly itemCount: number;
  /** Names of what it reads of the event that a list is asked for (`context`, and `at` for what the time tells); empty where nothing. */
  readonly context: readonly string[];
  /** What the person likes, as far as the run knows: items that it learned from, and those of the profile. Throws as `recommend`. */
  past(who: Who): Promise<readonly string[]>;
  /** Learned vectors of items, `[ids, width]`, scaled to length 1, unknown ones zero; undefined where the model has none. Throws DATA_ID. */
  itemVectors(ids: readonly Id[]): Promise<{ readonly values: Float32Array; readonly width: number } | undefined>;
  /** What it knows of the past of its users beside the items: by which kinds of events they met them, and with which values. */
  readonly deeds: Deeds;
  /** Whether the run was trained on a user of this id. */
  knowsUser(id: Id): boolean;
  /** A set of the items named; what is not known of them is left out. Throws DATA_ID. */
  itemSet(ids: readonly Id[]): ItemSet;
  /** The set of all items whose id passes the test; lets other work have its turn on the way. */
  itemsWhere(test: (id: string) => boolean): Promise<ItemSet>;
  /**
   * Takes in an item that the run has not met, by its features: from the next answer on it is ranked as any other. Nothing is trained.
   * Throws FEATURE_MISSING, FEATURE_UNKNOWN, FEATURE_VALUE, DATA_ID, CONFIG_VALUE (known already).
   */
  addItem(item: NewItem): void;
  /** Resolves when the weights are in the engine's memory; what is asked before waits for it. Never rejects: what keeps them out is told to whoever asks. */
  ready(): Promise<void>;
  /** Frees the engine's memory. */
  dispose(): void;
}
