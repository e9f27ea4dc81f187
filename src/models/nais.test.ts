import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import type { Model } from "../nn/model.ts";
import { initialParameters, scorePlan, trainingPlan } from "../nn/plans.ts";
import { nais } from "./nais.ts";

const history = { offsets: Int32Array.of(0, 2, 2, 6), items: Int32Array.of(0, 3, 0, 1, 2, 4) };
const [users, items, factors, units] = [3, 5, 3, 4];
const catalog = { users, items, meanValue: 1, itemCounts: Float32Array.of(2, 1, 1, 1, 1) };
const feeds = {
  user: Int32Array.from({ length: users * items }, (_, i) => Math.floor(i / items)),
  item: Int32Array.from({ length: users * items }, (_, i) => i % items),
};

test.each([0.5, 1, 0])("NAIS attends by a hidden layer, smoothed by %s (equations 8 and 9)", async (smoothing) => {
  const model = nais({ factors, units, smoothing }) as Model;
  const plan = scorePlan(model, catalog);
  const first = initialParameters(plan, catalog, 5);
  const parameters = Object.fromEntries(
    Object.entries(first).map(([name, x]) => [name, x.map((y, i) => y + Math.sin(7 * i + name.length))]),
  );
  const at = (name: string, row: number, c: number, width: number) => parameters[name]?.[row * width + c] as number;
  const sum = (size: number, term: (i: number) => number) =>
    Array.from({ length: size }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
  const logit = (item: number, past: number) =>
    sum(units, (k) => {
      const own = sum(factors, (c) => at("vectors/item", item, c, factors) * at("attention/item/kernel", c, k, units));
      const other = sum(factors, (c) => at("past/item", past, c, factors) * at("attention/past/kernel", c, k, units));
      const unit = Math.max(0, own + at("attention/item/bias", 0, k, units) + other);
      return k < units / 2 ? unit : -unit;
    });
  const { score } = await referenceEngine.evaluate(plan, parameters, feeds, 0, { history });
  for (const [row, user] of feeds.user.entries()) {
    const item = feeds.item[row] as number;
    const done = [...history.items.subarray(history.offsets[user], history.offsets[user + 1])];
    const powers = done.map((past) => Math.exp(logit(item, past)));
    const total = powers.reduce((a, b) => a + b, 0) ** smoothing;
    const likeness = (past: number) =>
      sum(factors, (c) => at("past/item", past, c, factors) * at("vectors/item", item, c, factors));
    const expected = sum(done.length, (j) => ((powers[j] as number) / total) * likeness(done[j] as number));
    expect((score as Float32Array)[row]).toBeCloseTo(expected + at("bias/item", item, 0, 1), 4);
  }
});

test("while it learns, the item in question is no part of the history", () => {
  const looks = trainingPlan(nais() as Model, catalog).instructions.find(({ op }) => op === "crossAttention");
  expect(looks?.inputs).toHaveLength(6);
  expect(
    scorePlan(nais() as Model, catalog).instructions.find(({ op }) => op === "crossAttention")?.inputs,
  ).toHaveLength(5);
});
