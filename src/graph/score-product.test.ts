import { expect, test } from "vitest";
import { normal } from "../core/random.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { biasedMf, ease, gmf, ials, mlp, models, multVae, neuMf, sasRec, twoTower } from "../models/index.ts";
import { answerPlans, initialParameters } from "../nn/plans.ts";
import { parametersOf } from "../retrieve/tables.ts";
import { scoreProduct } from "./score-product.ts";

const catalog = { users: 5, items: 7, meanValue: 3.5, itemCounts: Float32Array.of(9, 7, 5, 4, 3, 2, 1) };
const history = {
  offsets: Int32Array.of(0, 3, 4, 6, 7, 9),
  items: Int32Array.of(0, 2, 6, 3, 1, 4, 5, 3, 4),
  columns: catalog.items,
};
const data = { history, sequence: { offsets: history.offsets, items: history.items } };

const products = models
  .map((factory) => factory())
  .flatMap((model) => {
    const { score } = answerPlans(model, catalog);
    const found = scoreProduct(score);
    return found ? [[model.definition.name, score, found] as const] : [];
  });

test.each(products)("%s: the product of a user's row and an item's vector is the score", async (_, score, found) => {
  const first = initialParameters(score, catalog, 1);
  const parameters = Object.fromEntries(
    Object.entries(first).map(([name, values], p) => [name, values.map((v, i) => v + 0.3 * normal(7, p, i))]),
  );
  const of = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, parameters[name] as Float32Array]));
  const users = Int32Array.of(0, 1, 2, 3, 4);
  const items = Int32Array.from({ length: catalog.items }, (_, i) => i);
  const own = (plan: typeof score, feeds: Record<string, Int32Array>) =>
    referenceEngine.evaluate(plan, of(parametersOf(plan)), feeds, 0, data);
  const { score: rows = new Float32Array() } = await own(found.user, { user: users });
  const { vector = new Float32Array() } = await own(found.item, { item: items });
  const width = vector.length / items.length;
  const scorer = await referenceEngine.scorer({ plan: score, parameters, data, users: 5, items: 7, threads: 1 });
  for (const user of users) {
    const expected = await scorer.score(new Int32Array(items.length).fill(user), items);
    for (const item of items) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (rows[user * width + i] as number) * (vector[item * width + i] as number);
      expect(sum).toBeCloseTo(expected[item] as number, 4);
    }
  }
});

test("which scores are products is known", () => {
  const names = products.map(([name]) => name);
  for (const model of [gmf, ials, biasedMf, multVae, sasRec, twoTower]) expect(names).toContain(model.definition.name);
  for (const model of [ease, neuMf, mlp]) expect(names).not.toContain(model.definition.name);
});
