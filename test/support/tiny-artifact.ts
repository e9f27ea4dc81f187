import type { Artifact, History } from "../../src/artifact/index.ts";
import { type Catalog, defineModel } from "../../src/nn/model.ts";
import { count } from "../../src/nn/options.ts";
import { foldInPlans, influencePlan, initialParameters, itemVectorPlan, scorePlan } from "../../src/nn/plans.ts";

/** Ids that a careless format would lose: leading zeros, unicode, separators, line breaks, half a surrogate pair. */
export const awkwardIds = ["007", "7", "Åsa 🎬", 'a,b\t"c"\\', "two\r\nlines", "\u2028", "\ud83c", "", "x".repeat(200)];

/** A matrix factorization of its own, so that the zoo may change without changing this artifact. */
export const tinyModel = defineModel({
  name: "tiny",
  title: "Tiny matrix factorization",
  defaults: { factors: 2 },
  options: { factors: count("width of the vectors") },
  build({ users, items }, { factors }, nn) {
    const p = nn.embed(users.id, factors, { name: "factors/user" });
    const q = nn.embed(items.id, factors, { name: "factors/item" });
    return nn.add(nn.dot(p, q), nn.bias(items.id));
  },
});

/** What the tiny artifact's users have met besides their history: anna items 5 and 8, "007" item 6, the last one item 0. */
export const tinyUnlearned: History = {
  offsets: Int32Array.of(0, 2, 3, 3, 4),
  items: Int32Array.of(5, 8, 6, 0),
  values: Float32Array.of(4, 1, 2, 5),
};

/** 4 users, 9 items, weights that are small multiples of 1/8. */
export function tinyArtifact(): Artifact {
  const model = tinyModel({ factors: 2 });
  const popularity = Float32Array.of(3, 2, 2, 1, 1, 1, 0, 0, 0);
  const catalog: Catalog = { users: 4, items: 9, meanValue: 1, itemCounts: popularity };
  const score = scorePlan(model, catalog);
  const parameters = initialParameters(score, catalog, 1);
  for (const values of Object.values(parameters)) values.set(values.map((_, i) => (((i * 7) % 11) - 5) / 8));
  return {
    metadata: {
      created: "2026-01-02T03:04:05.000Z",
      packageVersion: "0.1.0",
      model: { name: "tiny", title: model.definition.title, task: "pointwise", config: { factors: 2 } },
      dataset: { name: "handmade", fingerprint: "f00d", users: 4, items: 9, interactions: 10 },
      split: { kind: "leave-last-out", seed: 1 },
      seed: 1,
      training: { epochs: 3, negatives: 2 },
      metrics: { "hr@10": { value: 0.5, low: 0.25, high: 0.75 } },
    },
    parameters,
    plans: {
      score,
      foldIn: foldInPlans(model, catalog),
      influence: influencePlan(model, catalog),
      itemVectors: itemVectorPlan(model, catalog),
    },
    users: ["anna", "007", "Åsa 🎬\nline", ""],
    items: awkwardIds,
    history: {
      offsets: Int32Array.of(0, 4, 7, 10, 10),
      items: Int32Array.of(0, 1, 2, 3, 0, 2, 4, 0, 1, 5),
      values: Float32Array.of(5, 4, 3, 1, 2, 5, 4, 3, 1, 0.5),
    },
    popularity,
  };
}
