import type { RunMetadata } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import {
  coldSplit,
  type Dataset,
  type DatasetReport,
  foldSplit,
  givenSplit,
  type Interactions,
  isCold,
  judge,
  leaveLastOut,
  noSplit,
  ratioSplit,
  type Split,
  type SplitKind,
  splitLikes,
  timeSplit,
  windowSplit,
  withKnownValues,
} from "../dataset/index.ts";
import type { Task } from "../nn/model.ts";
import type { SplitChoice } from "./split-choice.ts";

/** Shares that ratio and time splits hold out. */
const shares = { test: 0.2, validation: 0.1 } as const;

/** What decides a split of a data set; noted with the run, so that evaluation makes the same one again. */
export interface SplitFacts {
  readonly kind: SplitKind;
  /** Which of several folds or windows of time, counted from 1. */
  readonly part?: number | undefined;
  readonly parts?: number | undefined;
  /** Of cold ones: which are held out. Default: drawn ones. */
  readonly by?: "date" | undefined;
  readonly seed: number;
  /** Only interactions of at least this value count. */
  readonly threshold?: number | undefined;
  /** Interactions below this value are dislikes. Default 0; a model of ratings knows none. */
  readonly dislikesBelow?: number | undefined;
}

export interface NamedSplit extends Split {
  readonly facts: RunMetadata["split"];
}

/** The data set's own split where it has one, a ratio for models of ratings, otherwise leave-last-out. */
export function defaultSplit({ given }: Pick<Dataset, "given">, task: Task): SplitChoice {
  if (given) return { kind: "given" };
  return { kind: task === "rating" ? "ratio" : "leave-last-out" };
}

/** Everything that was imported, whatever a threshold leaves out: what a run must not recommend. */
export function importedParts({ interactions, given }: Pick<Dataset, "interactions" | "given">): Interactions[] {
  return [interactions, given?.validation, given?.test].filter((part) => part !== undefined);
}

/**
 * Training, validation and test of a data set. A model of ratings sees the interactions that have a value; for others each part may
 * have dislikes as well, with values below 0, and what is held out as the last or in shares is chosen of the likes. Throws DATA_SPLIT where
 * there is too little.
 */
export function makeSplit(dataset: Dataset, facts: SplitFacts, task: RunMetadata["model"]["task"]): NamedSplit {
  const { kind, seed, part, parts, by, threshold, dislikesBelow } = facts;
  const { interactions: all, given } = task === "rating" ? rated(dataset) : judged(dataset, facts);
  if (kind === "time" || by === "date") refuseUntimed(dataset);
  const make: { readonly [K in SplitKind]: (interactions: Interactions) => Split } = {
    given: (interactions) => givenSplit({ interactions, given }, { validation: true, seed }),
    "leave-last-out": (interactions) => leaveLastOut(interactions, { validation: true, seed }),
    ratio: (interactions) => ratioSplit(interactions, { ...shares, seed }),
    time: (interactions) =>
      part !== undefined && parts !== undefined
        ? windowSplit(interactions, { window: part, windows: parts, validation: true })
        : timeSplit(interactions, shares),
    "k-fold": (interactions) =>
      foldSplit(interactions, { fold: part ?? 1, folds: parts ?? 5, validation: shares.validation, seed }),
    "cold-item": (interactions) => coldSplit(interactions, "item", { ...shares, seed, by }),
    "cold-user": (interactions) => coldSplit(interactions, "user", { ...shares, seed, by }),
    "cold-both": (interactions) => coldSplit(interactions, "both", { ...shares, seed, by }),
    none: (interactions) => noSplit({ interactions, given }),
  };
  const split = task === "rating" ? make[kind](all) : splitLikes(all, make[kind]);
  const { users: tiedUsers, decidedBy: tiesDecidedBy } = split.ties ?? { users: 0 };
  return {
    ...split,
    facts: {
      ...{ kind, seed, ...sharesOf(facts), ...(by && { by }) },
      ...(threshold !== undefined && { threshold }),
      ...(dislikesBelow !== undefined && { dislikesBelow }),
      ...(tiesDecidedBy && { tiedUsers, tiesDecidedBy }),
    },
  };
}

/** What is noted of the size of the parts. */
function sharesOf({ kind, part, parts }: SplitFacts): Readonly<Record<string, number>> {
  if (part !== undefined && parts !== undefined) {
    return kind === "k-fold" ? { part, parts, validation: shares.validation } : { part, parts };
  }
  return kind === "ratio" || kind === "time" || isCold(kind) ? shares : {};
}

/** What import told about times that the data set does not have. */
export function untimedWarnings({ interactions, report }: Dataset): DatasetReport["warnings"] {
  if (interactions.byUser.times) return [];
  return report.warnings.filter(({ code }) => code === "unreadable-times" || code === "time-not-used");
}

/** Says of data without times what import said of them. */
function refuseUntimed(dataset: Dataset): void {
  const [first] = untimedWarnings(dataset);
  if (first === undefined) return;
  fail("DATA_SPLIT", {
    what: "A split by time needs times",
    received: `interactions without any. ${first.message}`,
    fix: "Import again with times (--time), or use another split.",
  });
}

/** The interactions with a known value. */
const rated = (parts: Parts): Parts => ofEach(parts, withKnownValues);

/** Likes and dislikes. */
function judged(parts: Parts, { threshold, dislikesBelow }: SplitFacts): Parts {
  return ofEach(parts, (part) => judge(part, { likesFrom: threshold, dislikesBelow }));
}

type Parts = Pick<Dataset, "interactions" | "given">;

function ofEach({ interactions, given }: Parts, change: (part: Interactions) => Interactions): Parts {
  return {
    interactions: change(interactions),
    given: given && {
      ...given,
      test: change(given.test),
      ...(given.validation && { validation: change(given.validation) }),
    },
  };
}

/** The facts that a saved run was trained with. */
export function savedFacts({ split }: RunMetadata): SplitFacts {
  const { kind, seed, part, parts, by, threshold, dislikesBelow } = split;
  const numberOf = (fact: unknown) => (typeof fact === "number" ? fact : undefined);
  return {
    kind: kind as SplitKind,
    seed: Number(seed ?? 0),
    part: numberOf(part),
    parts: numberOf(parts),
    by: by === "date" ? by : undefined,
    threshold: numberOf(threshold),
    dislikesBelow: numberOf(dislikesBelow),
  };
}
