import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import { scorePlan } from "../nn/plans.ts";
import { markov } from "./markov.ts";

const [users, items] = [3, 4];
/** In order of time, with a repeat. */
const sequence = { offsets: Int32Array.of(0, 4, 6, 6), items: Int32Array.of(0, 2, 0, 1, 0, 2) };
const interactions = { offsets: Int32Array.of(0, 3, 5, 5), items: Int32Array.of(0, 1, 2, 0, 2), columns: items };
const catalog = { users, items, meanValue: 1, itemCounts: Float32Array.of(2, 1, 2, 0) };
const popular = [3 / 6, 1 / 6, 2 / 6, 0];

async function scores(window: number, smoothing: number, values?: Float32Array) {
  const model = markov({ window, smoothing });
  const control = { threads: 1 };
  const solved = await model.solve?.({
    ...{ catalog, interactions, sequence: { ...sequence, values }, solver: referenceEngine.solver, control, seed: 1 },
  });
  const data = { sequence, ...solved?.matrices };
  const user = Int32Array.of(0, 1, 2);
  const { score } = await referenceEngine.evaluate(
    scorePlan(model, catalog),
    solved?.parameters ?? {},
    { user },
    0,
    data,
  );
  return Array.from({ length: users }, (_, u) => [...(score ?? [])].slice(u * items, (u + 1) * items));
}

test("the score is how often an item came after the last one, smoothed by popularity", async () => {
  const [first, second, nobody] = await scores(1, 2);
  // After item 1 nothing ever came; after item 2 came item 0, once.
  for (const [i, p] of popular.entries()) {
    expect(first?.[i]).toBeCloseTo(p, 6);
    expect(second?.[i]).toBeCloseTo(((i === 0 ? 1 : 0) + 2 * p) / 3, 6);
  }
  expect(nobody).toEqual([0, 0, 0, 0]);
});

test("a wider window counts what came later, the less the later", async () => {
  const [, second] = await scores(3, 0);
  // After item 2: item 0 one event later, item 1 two events later.
  expect(second?.map((x) => Number(x.toFixed(6)))).toEqual([0.666667, 0.333333, 0, 0]);
});

test("where values weigh, an event counts by its own, and so does popularity", async () => {
  // The first user's item 0 after item 2 counts 5, the second user's item 2 counts 3.
  const [first, second] = await scores(1, 1, Float32Array.of(1, 1, 5, 1, 1, 3));
  const share = [7 / 12, 1 / 12, 4 / 12, 0];
  for (const [i, p] of share.entries()) {
    expect(first?.[i]).toBeCloseTo(p, 6);
    expect(second?.[i]).toBeCloseTo(((i === 0 ? 5 : 0) + p) / 6, 6);
  }
  expect(await scores(3, 2, new Float32Array(6).fill(1))).toEqual(await scores(3, 2));
});
