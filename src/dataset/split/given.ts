import { checkDataset } from "../../core/argument.ts";
import type { Csr } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import type { Interactions } from "../interactions.ts";
import { mergeParts } from "../merge.ts";
import { inOrder, lastOnes, noTimes } from "./leave-last-out.ts";
import { type Split, TRAIN, VALIDATION } from "./split.ts";
import { lastTies, tieWarnings } from "./ties.ts";

/** The parts that a benchmark fixes. They share the users and items of the training part. */
export interface GivenParts {
  readonly validation?: Interactions | undefined;
  readonly test: Interactions;
  readonly candidates?: Csr | undefined;
}

export interface GivenOptions {
  /**
   * Whether there shall be a validation part. True: the benchmark's own, or, where it has none, each user's last training
   * interaction (a random one without times; users with one keep it). False: the benchmark's own goes back into
   * training. Default false.
   */
  readonly validation?: boolean;
  /** Only used where a validation part has to be drawn without times. Default 0. */
  readonly seed?: number;
}

/** The split that a benchmark comes with. Throws DATA_SPLIT when the data set has none. */
export function givenSplit(
  dataset: { readonly interactions: Interactions; readonly given?: GivenParts | undefined },
  { validation = false, seed = 0 }: GivenOptions = {},
): Split {
  checkDataset(dataset, "givenSplit(dataset)");
  const { interactions, given } = dataset;
  if (given === undefined) {
    fail("DATA_SPLIT", {
      what: "This data set comes without a split of its own",
      fix: "Use leave-last-out, ratio or time; or import a benchmark folder (ncf, lightgcn).",
    });
  }
  const { test, candidates } = given;
  const base = { kind: "given", seed, test, candidates, warnings: [] } as const;
  if (given.validation) {
    if (validation) return { ...base, train: interactions, validation: given.validation };
    return { ...base, train: mergeParts(interactions, given.validation) };
  }
  if (!validation) return { ...base, train: interactions };
  const events = inOrder(interactions, seed);
  const part = lastOnes(events, { first: VALIDATION, second: TRAIN, least: 2 });
  const [train, held] = events.partition(part, 2) as [Interactions, Interactions];
  if (held.size === 0) fail("DATA_SPLIT", { what: "No user has two training interactions to validate on" });
  const ties = lastTies(interactions, 2);
  const warnings = [...noTimes(interactions), ...tieWarnings(ties)];
  return { ...base, train, validation: held, ...(ties && { ties }), warnings };
}
