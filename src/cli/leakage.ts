import { PenchantError } from "../core/errors.ts";
import {
  checkLeakage,
  type Interactions,
  knowledgeOf,
  type SplitKind,
  type SplitKnowledge,
  type Warning,
} from "../dataset/index.ts";
import type { OpenDataset } from "./datasets.ts";
import { makeSplit } from "./splits.ts";

/** What one way of splitting lets through. Plain JSON. */
export interface SplitLeakage extends SplitKnowledge {
  /** What would make a measurement look better than it is. */
  readonly findings: readonly Warning[];
}

/** What `penchant data NAME --leakage` adds to the report. */
export interface LeakageReport {
  readonly splits: readonly SplitLeakage[];
  /** Splits that leave a part empty. */
  readonly impossible: readonly { readonly split: SplitKind; readonly reason: string }[];
  /** Interactions that share user and moment with another one. Absent without times. */
  readonly tied?: { readonly interactions: number; readonly of: number; readonly users: number };
}

/** Looks at each split that the data allow, with one seed. */
export function leakageOf(dataset: OpenDataset, seed: number): LeakageReport {
  const { interactions, given } = dataset;
  const isTimed = interactions.byUser.times !== undefined;
  const kinds: SplitKind[] = [
    ...(given ? ["given" as const] : []),
    "leave-last-out",
    "ratio",
    ...(isTimed ? ["time" as const] : []),
  ];
  const splits: SplitLeakage[] = [];
  const impossible: { split: SplitKind; reason: string }[] = [];
  for (const kind of kinds) {
    try {
      const split = makeSplit(dataset, { kind, seed }, "pointwise");
      splits.push({ ...knowledgeOf(split), findings: [...split.warnings, ...checkLeakage(split)] });
    } catch (error) {
      if (!(error instanceof PenchantError) || error.code !== "DATA_SPLIT") throw error;
      impossible.push({ split: kind, reason: error.message });
    }
  }
  const tied = tiesIn(interactions);
  return { splits, impossible, ...(tied && { tied }) };
}

function tiesIn({ byUser: { offsets, times } }: Interactions): LeakageReport["tied"] {
  if (!times) return undefined;
  let [interactions, users, of] = [0, 0, 0];
  for (let user = 0; user + 1 < offsets.length; user++) {
    const moments = times
      .slice(offsets[user], offsets[user + 1])
      .filter((time) => !Number.isNaN(time))
      .sort();
    const shared = moments.reduce(
      (count, time, at) => count + (time === moments[at - 1] || time === moments[at + 1] ? 1 : 0),
      0,
    );
    interactions += shared;
    users += shared > 0 ? 1 : 0;
    of += moments.length;
  }
  return { interactions, of, users };
}
