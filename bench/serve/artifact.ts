import {
  type Artifact,
  count,
  defineModel,
  foldInPlans,
  initialParameters,
  itemVectorPlan,
  neuMf,
  scorePlan,
} from "./penchant.ts";

const dotProduct = defineModel({
  name: "dot-product",
  title: "Dot product",
  defaults: { factors: 64 },
  options: { factors: count("width of the vectors") },
  build({ users, items }, { factors }, nn) {
    return nn.dot(nn.embed(users.id, factors), nn.embed(items.id, factors));
  },
});

const models = {
  dot: () => dotProduct({ factors: 64 }),
  neumf: () => neuMf({ factors: 8 }),
};

/** dot: a product of vectors of 64. neumf: NeuMF with 8 factors. */
export type Kind = keyof typeof models;
export const isKind = (name: string): name is Kind => Object.hasOwn(models, name);

/** A model with random weights, and of each user 100 items that they have met. */
export function randomRun(users: number, items: number, kind: Kind = "dot"): Artifact {
  const met = 100;
  const model = models[kind]();
  const { name, title } = model.definition;
  const offsets = Int32Array.from({ length: users + 1 }, (_, user) => user * met);
  const history = Int32Array.from({ length: users * met }, (_, at) => {
    const [user, place] = [Math.floor(at / met), at % met];
    return Math.floor((place * items) / met) + ((user * 7919) % Math.floor(items / met));
  });
  const popularity = new Float32Array(items);
  for (const item of history) popularity[item] = (popularity[item] ?? 0) + 1;
  const catalog = { users, items, meanValue: 1, itemCounts: popularity };
  const score = scorePlan(model, catalog);
  const created = "2026-01-01T00:00:00.000Z";
  return {
    metadata: {
      ...{ created, packageVersion: "0.1.0", seed: 1, training: {}, metrics: {} },
      model: { name, title, task: "pointwise", config: JSON.parse(JSON.stringify(model.config)) },
      dataset: { name: "random", fingerprint: "random", users, items, interactions: history.length },
      split: { kind: "none" },
    },
    parameters: initialParameters(score, catalog, 1),
    plans: { score, foldIn: foldInPlans(model, catalog), itemVectors: itemVectorPlan(model, catalog) },
    users: Array.from({ length: users }, (_, user) => `u${user}`),
    items: Array.from({ length: items }, (_, item) => `i${item}`),
    history: { offsets, items: history },
    unlearned: { offsets: new Int32Array(users + 1), items: new Int32Array(0) },
    popularity,
  };
}
