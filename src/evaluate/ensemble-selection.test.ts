import { describe, expect, test } from "vitest";
import { stack } from "../core/csr.ts";
import { type SelectionOptions, selectWeights } from "./ensemble-selection.ts";

const USERS = 40;
const ITEMS = 300;
const pairs = (of: (user: number) => number[]) => ({
  byUser: stack(Array.from({ length: USERS }, (_, user) => Int32Array.from(of(user)))),
  users: { size: USERS },
  items: { size: ITEMS },
});
/** The item that each user has held out; those of even users are known to one model, those of odd ones to another. */
const target = (user: number) => (user * 37 + 11) % ITEMS;
const train = pairs((user) => [(target(user) + 1) % ITEMS]);
const testPart = pairs((user) => [target(user)]);
const noise = (user: number, item: number) => (((user * 7919 + item * 104729) % 1009) / 1009) * 0.5;
const model = (knows: (user: number) => number) => ({
  score: async (users: Int32Array, items: Int32Array) =>
    Float32Array.from(users, (user, i) => {
      const item = items[i] as number;
      return noise(user, item) + (item === target(user) ? knows(user) : 0);
    }),
});
const even = model((user) => (user % 2 === 0 ? 1 : 0));
const odd = model((user) => (user % 2 === 1 ? 1 : 0));
const useless = model(() => 0);
const options: SelectionOptions = { train, test: testPart, seed: 1, fusion: "standardized", k: 10 };

describe.each([undefined, 99])("weights chosen with %s negatives", (negatives) => {
  test("models that know different things all count, one that knows nothing does not", async () => {
    const { weights, value, alone } = await selectWeights([useless, even, odd], { ...options, negatives });
    expect(weights[0]).toBe(0);
    expect(weights[1]).toBeGreaterThan(0.2);
    expect(weights[2]).toBeGreaterThan(0.2);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(value).toBeGreaterThan(Math.max(...alone) + 0.2);
  });
});
test("a model that is best alone and helped by none gets all", async () => {
  const perfect = model(() => 1);
  const { weights, value } = await selectWeights([useless, perfect], options);
  expect(weights).toEqual([0, 1]);
  expect(value).toBe(1);
});
test("the same question has the same answer, and a cancelled one none", async () => {
  const ask = () => selectWeights([useless, even, odd], options);
  expect(await ask()).toEqual(await ask());
  await expect(selectWeights([even, odd], { ...options, signal: AbortSignal.abort() })).rejects.toThrow();
});
