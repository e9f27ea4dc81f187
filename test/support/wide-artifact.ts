import type { Artifact } from "../../src/artifact/index.ts";
import { hash, normal } from "../../src/core/random.ts";
import type { Catalog } from "../../src/nn/model.ts";
import { foldInPlans, influencePlan, itemVectorPlan, scorePlan } from "../../src/nn/plans.ts";
import { tinyArtifact, tinyModel } from "./tiny-artifact.ts";

/** 60 users u0…, 400 items i0…; vectors of 8 elements in four directions, as training makes them. */
export function wideArtifact(): Artifact {
  const [users, items, factors] = [60, 400, 8];
  const model = tinyModel({ factors });
  const popularity = Float32Array.from({ length: items }, (_, i) => items - i);
  const catalog: Catalog = { users, items, meanValue: 1, itemCounts: popularity };
  const rows = (count: number, key: number) =>
    Float32Array.from({ length: count * factors }, (_, at) =>
      [0, 1, 2].reduce((sum, d) => sum + normal(key, Math.floor(at / factors), d) * normal(9, d, at % factors), 0),
    );
  const seen = Array.from({ length: users }, (_, user) => [0, 1, 2, 3, 4].map((i) => (hash(4, user, i) % 80) + 80 * i));
  const plain = tinyArtifact();
  return {
    ...plain,
    metadata: { ...plain.metadata, dataset: { ...plain.metadata.dataset, users, items, interactions: 5 * users } },
    parameters: {
      "factors/user": rows(users, 1),
      "factors/item": rows(items, 2),
      "bias/item": Float32Array.from({ length: items }, (_, i) => 0.3 * normal(3, i)),
    },
    plans: {
      score: scorePlan(model, catalog),
      foldIn: foldInPlans(model, catalog),
      influence: influencePlan(model, catalog),
      itemVectors: itemVectorPlan(model, catalog),
    },
    users: Array.from({ length: users }, (_, i) => `u${i}`),
    items: Array.from({ length: items }, (_, i) => `i${i}`),
    history: {
      offsets: Int32Array.from({ length: users + 1 }, (_, i) => 5 * i),
      items: Int32Array.from(seen.flat()),
      values: new Float32Array(5 * users).fill(1),
    },
    popularity,
  };
}
