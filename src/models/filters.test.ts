import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import { answerPlans, historyPlans, initialParameters, scorePlan, trainingPlan } from "../nn/plans.ts";
import { bspm, ngcf, prod2Vec, simpleX } from "./index.ts";

const history = { offsets: Int32Array.of(0, 2, 3, 6), items: Int32Array.of(0, 1, 1, 0, 2, 3) };
const [users, items] = [3, 5];
const itemCounts = Float32Array.of(2, 2, 1, 1, 0);
const catalog = { users, items, meanValue: 1, itemCounts };
const interactions = { ...history, columns: items };
const everyPair = {
  user: Int32Array.from({ length: users * items }, (_, i) => Math.floor(i / items)),
  item: Int32Array.from({ length: users * items }, (_, i) => i % items),
};
type Matrix = readonly (readonly number[])[];
const times = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => (b[0] ?? []).map((_, c) => row.reduce((sum, x, k) => sum + x * (b[k]?.[c] ?? 0), 0)));
const transposed = (a: Matrix): number[][] => (a[0] ?? []).map((_, c) => a.map((row) => row[c] as number));
const plus = (a: Matrix, b: Matrix, factor = 1): number[][] =>
  a.map((row, r) => row.map((x, c) => x + factor * (b[r]?.[c] as number)));
const events: Matrix = [
  [1, 1, 0, 0, 0],
  [0, 1, 0, 0, 0],
  [1, 0, 1, 1, 0],
];
const degree = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);
const graph = events.map((row) => row.map((x, i) => x / Math.sqrt(degree(row) * Math.max(1, itemCounts[i] as number))));

test("BSPM blurs by one step and sharpens by the Taylor polynomial of its equation", async () => {
  const model = bspm({ factors: 2, beta: 0.3, time: 1.7 });
  const control = { threads: 1 };
  const problem = { catalog, interactions, solver: referenceEngine.solver, control, seed: 1 };
  const solved = await model.solve?.(problem);
  const plan = scorePlan(model, catalog);
  const data = { history, ...solved?.matrices };
  const user = { user: Int32Array.of(0, 1, 2) };
  const found = await referenceEngine.evaluate(plan, solved?.parameters ?? {}, user, 0, data);
  const step = times(transposed(graph), graph); // P
  const table = (name: string) =>
    Array.from({ length: items }, (_, i) => [
      ...(solved?.parameters[name] ?? new Float32Array()).subarray(2 * i, 2 * i + 2),
    ]);
  const ideal = times(times(events, table("into")), transposed(table("out")));
  let [term, expected] = [plus(times(events, step), ideal, 0.3), plus(times(events, step), ideal, 0.3)];
  for (let k = 1; k <= 4; k++) {
    term = times(term, step).map((row) => row.map((x) => (-1.7 / k) * x));
    expected = plus(expected, term);
  }
  const flat = expected.flat();
  for (const [i, x] of flat.entries()) expect(found["score"]?.[i], `score ${i}`).toBeCloseTo(x, 5);
  // The projection on singular vectors: what it lets pass, it lets pass again.
  const projection = times(table("into"), transposed(table("out")));
  for (const [i, x] of times(projection, projection).flat().entries())
    expect(x).toBeCloseTo(projection.flat()[i] as number, 5);
});

test("NGCF: a layer is equation 7, layers stand side by side at length 1, and a history is a user who starts from nothing", async () => {
  const model = ngcf({ dim: 2, layers: 1 });
  const matrices = { history, ...model.matrices?.(interactions) };
  const plan = scorePlan(model, catalog);
  const drawn = initialParameters(trainingPlan(model, catalog), catalog, 4);
  const biases = { "layer/1/sum/bias": Float32Array.of(0.1, -0.2), "layer/1/product/bias": Float32Array.of(0.3, 0.1) };
  const own = { ...drawn, "items/degrees": itemCounts, ...biases };
  const rows = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => [
      ...((own as Record<string, Float32Array>)[name]?.subarray(2 * i, 2 * i + 2) ?? []),
    ]);
  const [p, q] = [rows("users", users), rows("items", items)];
  const layer = (nodes: Matrix, sent: Matrix): number[][] => {
    const sum = times(plus(sent, nodes), rows("layer/1/sum/kernel", 2));
    const product = times(
      sent.map((row, r) => row.map((x, c) => x * (nodes[r]?.[c] as number))),
      rows("layer/1/product/kernel", 2),
    );
    return plus(sum, product).map((row) =>
      row
        .map((x, c) => x + (biases["layer/1/sum/bias"][c] as number) + (biases["layer/1/product/bias"][c] as number))
        .map((x) => (x > 0 ? x : 0.2 * x)),
    );
  };
  const side = (nodes: Matrix, sent: Matrix) =>
    layer(nodes, sent).map((row, r) => [...(nodes[r] ?? []), ...row.map((x) => x / Math.hypot(...row))]);
  const compared = (nodes: Matrix) =>
    times(side(nodes, times(graph, q)), transposed(side(q, times(transposed(graph), p))));
  const expected = compared(p).flat();
  const { score } = await referenceEngine.evaluate(plan, own, everyPair, 0, matrices);
  for (const [i, x] of expected.entries()) expect(score?.[i]).toBeCloseTo(x, 5);
  // By history alone; items still hear of all users.
  const byHistory = historyPlans(model, catalog)?.score;
  const { tables } = finishedTables(model);
  const made = await referenceEngine.evaluate(tables, own, {}, 0, matrices);
  const answer = byHistory
    ? await referenceEngine.evaluate(byHistory, { ...own, ...made }, everyPair, 0, matrices)
    : {};
  const nobody = p.map((row) => row.map(() => 0));
  const alone = times(side(nobody, times(graph, q)), transposed(side(q, times(transposed(graph), p)))).flat();
  for (const [i, x] of alone.entries()) expect(answer["score"]?.[i]).toBeCloseTo(x, 5);
});

function finishedTables(model: Parameters<typeof scorePlan>[0]) {
  const { tables } = answerPlans(model, catalog);
  if (!tables) throw new Error("NGCF computes tables");
  return { tables };
}

test("SimpleX: the positive's distance and the weighted mean of what comes too close", async () => {
  const model = simpleX({ dim: 2, drawn: 50, margin: 0.2, weight: 3, share: 1 });
  const plan = trainingPlan(model, catalog);
  const parameters = initialParameters(plan, catalog, 2);
  const feeds = { user: Int32Array.of(1), item: Int32Array.of(2), label: Float32Array.of(1) };
  const { loss } = await referenceEngine.evaluate(plan, parameters, feeds, 7, { history });
  const row = (name: string, i: number) =>
    [...(parameters[name] ?? new Float32Array()).subarray(2 * i, 2 * i + 2)] as [number, number];
  const cosine = (i: number) => {
    const [a, b] = [row("embedding/user", 1), row("items", i)];
    return (a[0] * b[0] + a[1] * b[1]) / Math.hypot(...a) / Math.hypot(...b);
  };
  const draws = Object.values(plan.instructions).filter(({ op }) => op === "draw");
  expect(draws).toHaveLength(1);
  const { drawn } = await referenceEngine.evaluate(
    { ...plan, outputs: { drawn: plan.instructions.findIndex(({ op }) => op === "draw") } },
    parameters,
    feeds,
    7,
    { history },
  );
  const close = [...(drawn ?? [])].reduce((sum, i) => sum + Math.max(0, cosine(i) - 0.2), 0);
  expect(loss?.[0]).toBeCloseTo(1 - cosine(2) + (3 * close) / 50, 5);
});

test("prod2vec: items that stand together come near each other, whichever way they are ranked", async () => {
  // Two kinds of items; everybody stays with one kind. No item is more popular than another.
  const [kinds, each] = [2, 6];
  const many = { users: 30, items: kinds * each };
  const offsets = Int32Array.from({ length: many.users + 1 }, (_, u) => u * 5);
  const rows = Array.from({ length: many.users }, (_, u) =>
    Array.from({ length: 5 }, (_, e) => (u % kinds) * each + ((u + e * (1 + (u % 5))) % each)),
  );
  const sequence = { offsets, items: Int32Array.from(rows.flat()) };
  const counts = new Float32Array(many.items);
  for (const item of sequence.items) counts[item] = (counts[item] as number) + 1;
  const world = { ...many, meanValue: 1, itemCounts: counts };
  for (const score of ["likelihood", "cosine"] as const) {
    const model = prod2Vec({ width: 6, window: 2, drawn: 20, score });
    const plan = trainingPlan(model, world);
    const noise = model.matrices?.({ ...sequence, columns: many.items });
    const trainer = await referenceEngine.trainer({
      plan,
      parameters: initialParameters(plan, world, 1),
      data: { sequence, ...noise },
      feed: {
        ...{ kind: "rows", negatives: 0, distribution: { kind: "uniform" }, shuffle: "rows" },
        ...{ users: many.users, items: many.items, interactions: sequence, known: sequence },
      },
      optimizer: {
        kind: "adam",
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        lazy: false,
        l2: 0,
        clipNorm: 0,
        weightDecay: 0,
      },
      batchSize: 30,
      seed: 1,
      threads: 1,
    });
    for (let epoch = 0; epoch < 60; epoch++) await trainer.run({ epoch, from: 0, to: 1, learningRate: 0.05 });
    const parameters = { popularity: counts, ...(await trainer.parameters()) };
    const pairs = { user: new Int32Array(many.items), item: Int32Array.from(counts, (_, i) => i) };
    const past = {
      offsets: Int32Array.from({ length: many.users + 1 }, (_, u) => (u === 0 ? 0 : 2)),
      items: Int32Array.of(0, 3),
    };
    const found = await referenceEngine.evaluate(scorePlan(model, world), parameters, pairs, 0, { history: past });
    const scores = [...(found["score"] ?? [])];
    expect(Math.min(...scores.slice(0, each))).toBeGreaterThan(Math.max(...scores.slice(each)));
  }
}, 60_000);
