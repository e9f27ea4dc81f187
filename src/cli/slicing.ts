import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { Split } from "../dataset/index.ts";
import {
  activitySlices,
  coldSlices,
  evaluateSlices,
  type FairnessGap,
  fairnessGaps,
  itemCounts,
  itemScores,
  popularitySlices,
  quarters,
  rankUsers,
  type ScoreSource,
  type Slice,
  type SliceEvaluation,
} from "../evaluate/index.ts";
import { categoriesIn, type FeatureColumn, type Features, numbersIn } from "../features/index.ts";

/** Slices of a measurement by full ranking, popularity beside the run. */
export interface Sliced {
  readonly slices: readonly (SliceEvaluation & { readonly popularity: SliceEvaluation["metrics"] })[];
  /** Between slices of users of one kind. */
  readonly gaps: readonly FairnessGap[];
}

interface SlicingTask extends Pick<Split, "train" | "test" | "validation"> {
  readonly features: Features | undefined;
  readonly k: number;
  readonly seed: number;
  readonly relevant?: string | undefined;
  readonly signal: AbortSignal;
}

const kinds = ["activity", "popularity", "cold"] as const;

/** Measures a run in every slice of the kinds named. Throws CONFIG_VALUE for what is no kind, or no feature of the data set. */
export async function measureSlices(source: ScoreSource, names: readonly string[], task: SlicingTask): Promise<Sliced> {
  const { train, features, k, seed } = task;
  checkNames(names, features);
  const ranking = { ...task, protocol: "full" as const };
  const ranked = await rankUsers(source, ranking);
  const popular = await rankUsers(itemScores(itemCounts(train)), ranking);
  const slices = names.flatMap((name) => slicesBy(name, { train, measured: ranked.users, features }));
  const [own, base] = [evaluateSlices(ranked, slices, { k, seed }), evaluateSlices(popular, slices, { k, seed })];
  return {
    slices: own.map((slice, i) => ({ ...slice, popularity: base[i]?.metrics ?? {} })),
    gaps: fairnessGaps(own, `ndcg@${k}`),
  };
}

function checkNames(names: readonly string[], features: Features | undefined): void {
  const known = [...kinds, ...featureNames(features)];
  for (const name of names) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    fail("CONFIG_VALUE", {
      what: `There are no slices by "${name}"`,
      expected: `some of ${known.join(", ")}${features ? "" : "; the data set has no features"}`,
      received: name,
      fix: close ? `Did you mean "${close}"?` : "Choose some of those; penchant features adds features to a data set.",
    });
  }
}

const featureNames = (features: Features | undefined): string[] =>
  [...(features?.users ?? []), ...(features?.items ?? [])]
    .filter(({ kind }) => !["none", "text", "vector", "image"].includes(kind))
    .map(({ name }) => `feature:${name}`);

interface SliceFacts {
  readonly train: Split["train"];
  readonly measured: Int32Array;
  readonly features: Features | undefined;
}

function slicesBy(name: string, { train, measured, features }: SliceFacts): Slice[] {
  if (name === "activity") return activitySlices(train, measured);
  if (name === "popularity") return popularitySlices(train);
  if (name === "cold") return coldSlices(train);
  const wanted = name.slice("feature:".length);
  const ofUsers = features?.users?.find((column) => column.name === wanted);
  if (ofUsers) return featureSlices(ofUsers, "users", measured);
  const ofItems = features?.items?.find((column) => column.name === wanted);
  const everything = Int32Array.from({ length: train.items.size }, (_, item) => item);
  return ofItems ? featureSlices(ofItems, "items", everything) : [];
}

/** So many values of a feature at most, the most frequent ones. */
const MOST = 12;

/** A slice for each frequent value, or for each quarter of a number. */
function featureSlices(column: FeatureColumn, of: Slice["of"], among: Int32Array): Slice[] {
  const by = `feature:${column.name}`;
  if (!["categorical", "multi", "boolean"].includes(column.kind)) {
    return quarters(by, of, numbersIn(column), among, column.name);
  }
  const cells = categoriesIn(column);
  const counts = new Map<string, number>();
  for (const index of among) for (const value of cells[index] ?? []) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequent = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, MOST);
  return frequent.map(([value]) => ({
    ...{ by, name: `${column.name} ${value}`, of },
    has: (index) => cells[index]?.includes(value) ?? false,
  }));
}
