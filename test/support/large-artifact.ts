import type { Artifact } from "../../src/artifact/types.ts";
import { hash, unit } from "../../src/core/random.ts";
import type { Catalog } from "../../src/nn/model.ts";
import { foldInPlans, influencePlan, initialParameters, itemVectorPlan, scorePlan } from "../../src/nn/plans.ts";
import { tinyArtifact, tinyModel } from "./tiny-artifact.ts";

/**
 * The tiny model for many users or items, so that what lies beyond one block is asked for. User u has met item u (modulo the
 * catalogue), but for every tenth user, who has met nothing.
 */
export function largeArtifact(users: number, items: number): Artifact {
  const model = tinyModel({ factors: 2 });
  const met = Array.from({ length: users }, (_, user) => (user % 10 === 3 ? [] : [user % items]));
  const offsets = new Int32Array(users + 1);
  for (const [user, row] of met.entries()) offsets[user + 1] = (offsets[user] ?? 0) + row.length;
  const popularity = new Float32Array(items);
  for (const item of met.flat()) popularity[item] = (popularity[item] ?? 0) + 1;
  const catalog: Catalog = { users, items, meanValue: 1, itemCounts: popularity };
  const score = scorePlan(model, catalog);
  const parameters = initialParameters(score, catalog, 1);
  for (const values of Object.values(parameters)) values.set(values.map((_, i) => unit(hash(values.length, i)) - 0.5));
  const { metadata } = tinyArtifact();
  return {
    metadata: { ...metadata, dataset: { fingerprint: "large", users, items, interactions: met.flat().length } },
    parameters,
    plans: {
      score,
      foldIn: foldInPlans(model, catalog),
      influence: influencePlan(model, catalog),
      itemVectors: itemVectorPlan(model, catalog),
    },
    users: Array.from({ length: users }, (_, user) => `user ${user}`),
    items: Array.from({ length: items }, (_, item) => `item ${item}`),
    history: { offsets, items: Int32Array.from(met.flat()) },
    popularity,
  };
}
