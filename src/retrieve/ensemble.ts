import type { Artifact, Ensemble, RunMetadata } from "../artifact/types.ts";
import { checkArgument, has } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import type { Fusion } from "../core/fuse.ts";

/** A run that is to answer together with others. */
export interface Candidate {
  /** As it is named. */
  readonly run: string;
  readonly artifact: Artifact;
}

export interface EnsembleFacts {
  /** Default: now. ISO 8601. */
  readonly created?: string | undefined;
  readonly seed?: number | undefined;
  /** Whatever is to be noted of the making, in `metadata.training`. */
  readonly training?: RunMetadata["training"] | undefined;
}

/**
 * An ensemble of runs, with these weights (not negative, not all 0; runs of weight 0 are left out). Throws ENSEMBLE_MEMBERS where the runs
 * are not of the same data, users, items and split, have not learned from the same interactions, or predict ratings;
 * CONFIG_VALUE for other weights.
 */
export function ensembleOf(
  candidates: readonly Candidate[],
  weights: readonly number[],
  fusion: Fusion,
  facts: EnsembleFacts = {},
): Ensemble {
  const areRuns = Array.isArray(candidates) && candidates.every((each) => has(each, "run", "artifact"));
  checkArgument(areRuns, candidates, {
    ...{ call: "ensembleOf(members, weights, fusion)", name: "the members", expected: "a list of { run, artifact }" },
  });
  checkMembers(candidates);
  checkWeights(candidates, weights);
  const members = candidates
    .map((candidate, i) => ({ ...candidate, weight: weights[i] as number }))
    .filter(({ weight }) => weight > 0);
  const { artifact } = members[0] as (typeof members)[number];
  const { users, items, history, unlearned, popularity, metadata } = artifact;
  const { dataset, split, training, packageVersion } = metadata;
  return {
    ...{ members, fusion, users, items, history, popularity },
    ...(unlearned && { unlearned }),
    metadata: {
      ...{ dataset, split, packageVersion },
      created: facts.created ?? new Date().toISOString(),
      model: {
        name: "ensemble",
        title: "Ensemble of runs",
        task: "ensemble",
        config: { fuse: fusion, members: members.map(({ run }) => run), weights: members.map(({ weight }) => weight) },
      },
      seed: facts.seed ?? metadata.seed,
      training: {
        ...facts.training,
        refit: training["refit"] === true,
        ...(training["final"] === true && { final: true }),
      },
      metrics: {},
    },
  };
}

/** Throws ENSEMBLE_MEMBERS. */
export function checkMembers(candidates: readonly Candidate[]): void {
  const names = candidates.map(({ run }) => run);
  if (names.length < 2 || new Set(names).size < names.length) {
    fail("ENSEMBLE_MEMBERS", {
      what: names.length < 2 ? "An ensemble is made of at least two runs" : "A run is named twice",
      received: names.join(", ") || "none",
      fix: "Name different runs, as in --of ease-1,neumf-1.",
    });
  }
  const [first, ...others] = candidates as [Candidate, ...Candidate[]];
  for (const { run, artifact } of candidates) {
    if (artifact.metadata.model.task !== "rating") continue;
    fail("ENSEMBLE_MEMBERS", {
      what: `"${run}" predicts ratings, and an ensemble ranks`,
      fix: "Take models that learn from likes.",
      details: { run },
    });
  }
  for (const other of others) {
    const different = differences(first.artifact, other.artifact);
    if (different.length === 0) continue;
    fail("ENSEMBLE_MEMBERS", {
      what: `"${first.run}" and "${other.run}" cannot answer together: they differ in their ${different.join(", ")}`,
      expected: told(first),
      received: told(other),
      details: { runs: [first.run, other.run], different },
    });
  }
}

function differences(a: Artifact, b: Artifact): string[] {
  const same = {
    data: a.metadata.dataset.fingerprint === b.metadata.dataset.fingerprint,
    users: equal(a.users, b.users),
    items: equal(a.items, b.items),
    split: JSON.stringify(a.metadata.split) === JSON.stringify(b.metadata.split),
    "training interactions": equal(a.history.offsets, b.history.offsets) && equal(a.history.items, b.history.items),
  };
  return Object.entries(same).flatMap(([what, isSame]) => (isSame ? [] : [what]));
}

function equal<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const told = ({ run, artifact: { metadata, history } }: Candidate): string =>
  `${run}: ${metadata.dataset.name ?? "data"} ${metadata.dataset.fingerprint}, split ${JSON.stringify(metadata.split)}, ` +
  `${history.items.length} training interactions${metadata.training["refit"] === true ? " (validation among them)" : ""}`;

function checkWeights(candidates: readonly Candidate[], weights: readonly number[]): void {
  const fits =
    weights.length === candidates.length && weights.every((weight) => Number.isFinite(weight) && weight >= 0);
  if (fits && weights.some((weight) => weight > 0)) return;
  fail("CONFIG_VALUE", {
    what: "The weights do not fit the runs",
    expected: `${candidates.length} numbers, not negative and not all 0`,
    received: weights.join(", ") || "none",
    fix: `Give one for each of ${candidates.map(({ run }) => run).join(", ")}.`,
    details: { option: "weights" },
  });
}
