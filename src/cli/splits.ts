import type { RunMetadata } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import {
  coldSplit,
  type Dataset,
  type DatasetReport,
  givenSplit,
  type ImplicitRule,
  type Interactions,
  leaveLastOut,
  noSplit,
  ratioSplit,
  type Split,
  type SplitKind,
  timeSplit,
  toImplicit,
  withKnownValues,
} from "../dataset/index.ts";
import type { Task } from "../nn/model.ts";

/** Shares that ratio and time splits hold out. */
const shares = { test: 0.2, validation: 0.1 } as const;

/** What decides a split of a data set; noted with the run, so that evaluation makes the same one again. */
export interface SplitFacts {
  readonly kind: SplitKind;
  readonly seed: number;
  /** Only interactions of at least this value count. */
  readonly threshold?: number | undefined;
}

export interface NamedSplit extends Split {
  readonly facts: RunMetadata["split"];
}

/** The data set's own split where it has one, a ratio for models of ratings, otherwise leave-last-out. */
export function defaultSplit({ given }: Pick<Dataset, "given">, task: Task): SplitKind {
  if (given) return "given";
  return task === "rating" ? "ratio" : "leave-last-out";
}

/** Everything that was imported, whatever a threshold leaves out: what a run must not recommend. */
export function importedParts({ interactions, given }: Pick<Dataset, "interactions" | "given">): Interactions[] {
  return [interactions, given?.validation, given?.test].filter((part) => part !== undefined);
}

/**
 * Training, validation and test of a data set. A model of ratings sees the interactions that have a value. Throws DATA_SPLIT
 * where there is too little.
 */
export function makeSplit(dataset: Dataset, { kind, seed, threshold }: SplitFacts, task: Task): NamedSplit {
  const { interactions, given } = threshold === undefined ? forTask(dataset, task) : liked(dataset, threshold);
  if (kind === "time") refuseUntimed(dataset);
  const make: { readonly [K in SplitKind]: () => Split } = {
    given: () => givenSplit({ interactions, given }, { validation: true, seed }),
    "leave-last-out": () => leaveLastOut(interactions, { validation: true, seed }),
    ratio: () => ratioSplit(interactions, { ...shares, seed }),
    time: () => timeSplit(interactions, shares),
    "cold-item": () => coldSplit(interactions, "item", { ...shares, seed }),
    "cold-user": () => coldSplit(interactions, "user", { ...shares, seed }),
    none: () => noSplit({ interactions, given }),
  };
  const options = ["ratio", "time", "cold-item", "cold-user"].includes(kind) ? shares : {};
  const split = make[kind]();
  const { users: tiedUsers, decidedBy: tiesDecidedBy } = split.ties ?? { users: 0 };
  return {
    ...split,
    facts: {
      ...{ kind, seed, ...options },
      ...(threshold !== undefined && { threshold }),
      ...(tiesDecidedBy && { tiedUsers, tiesDecidedBy }),
    },
  };
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
    what: "A time split needs times",
    received: `interactions without any. ${first.message}`,
    fix: "Import again with times (--time), or use another split.",
  });
}

function forTask({ interactions, given }: Dataset, task: Task): Pick<Dataset, "interactions" | "given"> {
  if (task !== "rating") return { interactions, given };
  return {
    interactions: withKnownValues(interactions),
    given: given && {
      ...given,
      test: withKnownValues(given.test),
      ...(given.validation && { validation: withKnownValues(given.validation) }),
    },
  };
}

function liked({ interactions, given }: Pick<Dataset, "interactions" | "given">, minimum: number) {
  const rule: ImplicitRule = { kind: "threshold", minimum };
  return {
    interactions: toImplicit(interactions, rule),
    given: given && {
      ...given,
      test: toImplicit(given.test, rule),
      ...(given.validation && { validation: toImplicit(given.validation, rule) }),
    },
  };
}

/** The facts that a saved run was trained with. */
export function savedFacts({ split }: RunMetadata): SplitFacts {
  const { kind, seed, threshold } = split;
  return {
    kind: kind as SplitKind,
    seed: Number(seed ?? 0),
    threshold: typeof threshold === "number" ? threshold : undefined,
  };
}
