import { describe, expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import { recommendedFor } from "../nn/model.ts";
import { answerPlans, historyPlans, initialParameters, scorePlan, trainingPlan } from "../nn/plans.ts";
import { lightGcn } from "./lightgcn.ts";

const history = { offsets: Int32Array.of(0, 2, 3, 6), items: Int32Array.of(0, 1, 1, 0, 2, 3) };
const [users, items, dim, layers] = [3, 5, 2, 2];
const catalog = { users, items, meanValue: 1, itemCounts: Float32Array.of(2, 2, 1, 1, 0) };
const model = lightGcn({ dim, layers, temperature: 0 });
const matrices = { history, ...model.matrices?.({ ...history, columns: items }) };
const first = initialParameters(scorePlan(model, catalog), catalog, 3);
const { score, tables } = answerPlans(model, catalog);
const finished = tables
  ? await referenceEngine.evaluate(tables, { ...initialParameters(tables, catalog, 3), ...first }, {}, 0, matrices)
  : {};
const everyPair = {
  user: Int32Array.from({ length: users * items }, (_, i) => Math.floor(i / items)),
  item: Int32Array.from({ length: users * items }, (_, i) => i % items),
};
const scores = (plan: typeof score) =>
  referenceEngine.evaluate(plan, { ...first, ...finished }, everyPair, 0, matrices);

/** Rows of users and items after each layer, as equation 3 says it: entry by entry. */
function propagated(): number[][][] {
  const degree = (row: number) => (history.offsets[row + 1] ?? 0) - (history.offsets[row] ?? 0);
  const rowsOf = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => [...(first[name] ?? new Float32Array()).subarray(i * dim, (i + 1) * dim)]);
  const all = [[...rowsOf("users", users), ...rowsOf("items", items)]];
  for (let layer = 0; layer < layers; layer++) {
    const [last, next] = [
      all.at(-1) ?? [],
      Array.from({ length: users + items }, () => Array(dim).fill(0) as number[]),
    ];
    for (let user = 0; user < users; user++) {
      for (let e = history.offsets[user] ?? 0; e < (history.offsets[user + 1] ?? 0); e++) {
        const item = history.items[e] as number;
        const weight = 1 / Math.sqrt(degree(user)) / Math.sqrt(catalog.itemCounts[item] as number);
        for (const [to, from] of [
          [user, users + item],
          [users + item, user],
        ] as const)
          next[to] = (next[to] ?? []).map((x, c) => x + weight * (last[from]?.[c] ?? 0));
      }
    }
    all.push(next);
  }
  return all;
}

describe("LightGCN", () => {
  test("compares the means of the layers", async () => {
    const all = propagated();
    const means = Array.from({ length: users + items }, (_, row) =>
      Array.from({ length: dim }, (_, c) => all.reduce((sum, layer) => sum + (layer[row]?.[c] ?? 0), 0) / (layers + 1)),
    );
    const expected = Array.from(everyPair.user, (user, i) =>
      (means[user] ?? []).reduce((sum, x, c) => sum + x * (means[users + (everyPair.item[i] ?? 0)]?.[c] ?? 0), 0),
    );
    for (const plan of [score, scorePlan(model, catalog)]) {
      const found = (await scores(plan))["score"] ?? [];
      for (const [i, x] of expected.entries()) expect(found[i]).toBeCloseTo(x, 6);
    }
  });

  test("answers a history as it answers its user, but for what the user's own row adds", async () => {
    const plans = historyPlans(model, catalog);
    expect(plans?.userParameters.toSorted()).toEqual(["users", "users/mean"]);
    const own = (await scores(score))["score"] ?? [];
    const byHistory = plans ? ((await scores(plans.score))["score"] ?? []) : [];
    const [rows, means] = [first["users"] ?? [], finished["items/mean"] ?? []];
    for (const [i, user] of everyPair.user.entries()) {
      let share = 0;
      for (let c = 0; c < dim; c++)
        share +=
          ((rows[user * dim + c] as number) * (means[(everyPair.item[i] as number) * dim + c] as number)) /
          (layers + 1);
      expect(byHistory[i]).toBeCloseTo((own[i] as number) - share, 6);
    }
  });

  test("an empty history is nobody in particular, and an item that nobody met has a score", async () => {
    const nothing = { offsets: new Int32Array(users + 1), items: new Int32Array(0) };
    const plan = historyPlans(model, catalog)?.score ?? score;
    const parameters = { ...first, ...finished };
    const found = await referenceEngine.evaluate(plan, parameters, everyPair, 0, { ...matrices, history: nothing });
    expect(found["score"]).toEqual(new Float32Array(users * items));
    expect([...((await scores(plan))["score"] ?? [])].every(Number.isFinite)).toBe(true);
  });

  test("trains by the softmax in batches of users, and by BPR as the paper does", () => {
    const size = (users: number) => ({ users, items: 1000, interactions: 50_000 });
    const training = (temperature: number | undefined, users: number) =>
      recommendedFor(lightGcn(temperature === undefined ? {} : { temperature }).definition, size(users));
    for (const [users, batchSize] of [
      [10, 256],
      [4999, 256],
      [5000, 512],
      [19_999, 512],
      [20_000, 1024],
      [1e7, 1024],
    ] as const) {
      expect(training(undefined, users)).toEqual({ learningRate: 0.01, batchSize });
      expect(training(0.4, users)).toEqual({ learningRate: 0.01, batchSize });
      expect(training(0, users)).toEqual({ learningRate: 0.001, batchSize: 2048, negatives: 1 });
    }
    expect([lightGcn().definition.task, lightGcn({ temperature: 0 }).definition.task]).toEqual(["rows", "pairwise"]);
    expect(lightGcn.definition).toMatchObject({ task: "rows", defaults: { temperature: 0.15 } });
    expect(lightGcn({ temperature: 0 }).definition.sized).toBeUndefined();
  });

  test("with a temperature learns by a softmax of cosines over all items", async () => {
    const temperature = 0.5;
    const softmax = lightGcn({ dim, layers, temperature });
    const rows = (propagated().reduce((a, b) => a.map((row, r) => row.map((x, c) => x + (b[r]?.[c] ?? 0)))) ?? []).map(
      (row) => row.map((x) => x / Math.hypot(...row)),
    );
    const cosine = (user: number, item: number) =>
      (rows[user] ?? []).reduce((sum, x, c) => sum + x * (rows[users + item]?.[c] ?? 0), 0) / temperature;
    let expected = 0;
    for (let user = 0; user < users; user++) {
      const all = Array.from({ length: items }, (_, item) => cosine(user, item)).filter(Number.isFinite);
      const total = Math.log(all.reduce((sum, x) => sum + Math.exp(x), 0));
      for (const item of history.items.subarray(history.offsets[user], history.offsets[user + 1])) {
        expected += (total - cosine(user, item)) / users;
      }
    }
    const plan = trainingPlan(softmax, catalog);
    const feeds = { user: Int32Array.of(0, 1, 2) };
    const found = await referenceEngine.evaluate(plan, first, feeds, 0, matrices);
    expect(found["loss"]?.[0]).toBeCloseTo(expected, 4);
  });
});
