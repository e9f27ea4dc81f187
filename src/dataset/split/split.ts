import type { Csr } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import type { Warning } from "../../ingest/index.ts";
import type { Interactions } from "../interactions.ts";
import type { Ties } from "./ties.ts";

export type SplitKind = "leave-last-out" | "ratio" | "time" | "k-fold" | "given" | "none" | ColdKind;

/** What is new in the test: whole items, whole users, or both at once. */
export type ColdKind = "cold-item" | "cold-user" | "cold-both";

export const isCold = (kind: SplitKind): kind is ColdKind => kind.startsWith("cold-");

/** Interactions divided into parts that share their users and items. */
export interface Split {
  readonly kind: SplitKind;
  /** The seed of what was drawn; 0 where nothing was. */
  readonly seed: number;
  readonly train: Interactions;
  /** For choosing hyper-parameters and the epoch; never the test. */
  readonly validation?: Interactions | undefined;
  readonly test: Interactions;
  /** Row = user: the items that the user's test items are ranked against, where the source fixes them. */
  readonly candidates?: Csr | undefined;
  /** The same for the items of the validation part. */
  readonly validationCandidates?: Csr | undefined;
  /** Where last interactions are held out: the users for whom times alone do not tell which. */
  readonly ties?: Ties | undefined;
  /** What a reader of the results should know. */
  readonly warnings: readonly Warning[];
}

/** Users with fewer interactions stay in training, so that every user tested has at least two to learn from. */
export const LEAST = 3;

export const [TRAIN, VALIDATION, TEST, NOWHERE] = [0, 1, 2, 255] as const;

interface SplitParts {
  readonly kind: SplitKind;
  readonly seed: number;
  readonly validation: boolean;
  readonly ties?: Ties | undefined;
  readonly warnings?: readonly Warning[];
}

/** Cuts interactions by part numbers. Throws DATA_SPLIT when a part that was asked for is empty. */
export function cut(
  interactions: Interactions,
  part: Uint8Array,
  { kind, seed, validation: wanted, ties, warnings = [] }: SplitParts,
): Split {
  const [train, validation, test] = interactions.partition(part, 3) as [Interactions, Interactions, Interactions];
  const sizes = { training: train.size, test: test.size, ...(wanted && { validation: validation.size }) };
  const empty = Object.entries(sizes).find(([, size]) => size === 0);
  if (empty) {
    fail("DATA_SPLIT", {
      what: `A ${kind} split of ${interactions.size} interactions leaves nothing for ${empty[0]}`,
      fix: "Import more interactions, hold out another share, or choose another split.",
    });
  }
  return { kind, seed, train, ...(wanted && { validation }), test, ...(ties && { ties }), warnings };
}

/** Throws CONFIG_VALUE unless there is such a fold or window. */
export function checkPart(what: "fold" | "window", part: number, parts: number, least: number): void {
  if (Number.isSafeInteger(part) && Number.isSafeInteger(parts) && parts >= least && part >= 1 && part <= parts) return;
  fail("CONFIG_VALUE", {
    what: `There is no ${what} ${part} of ${parts}`,
    expected: `at least ${least} ${what}${least > 1 ? "s" : ""}, counted from 1`,
    received: `${part} of ${parts}`,
  });
}

/** Throws CONFIG_VALUE unless the shares leave something for training. */
export function checkShares(test: number, validation: number): void {
  const fits = test > 0 && validation >= 0 && test + validation < 1;
  if (!fits) {
    fail("CONFIG_VALUE", {
      what: "Shares of test and validation",
      expected: "test above 0, validation not below 0, less than 1 together",
      received: `test ${test}, validation ${validation}`,
    });
  }
}
