import { expect, test } from "vitest";
import { hash, unit } from "../core/random.ts";
import { mixtureTest, ratioTest } from "./sequential.ts";

const options = { effect: 0.05, alpha: 0.05 };

/** Looks after every person, as many as there are; whether a difference was ever found. */
function everFound(seed: number, rates: readonly [number, number], users: number): "better" | "worse" | undefined {
  const arms = [
    { users: 0, outcomes: 0 },
    { users: 0, outcomes: 0 },
  ] as const;
  const counts = arms.map((arm) => ({ ...arm }));
  for (let user = 0; user < users; user++) {
    const which = hash(seed, user, 1) % 2;
    const arm = counts[which] as { users: number; outcomes: number };
    arm.users++;
    if (unit(hash(seed, user, 2)) < (rates[which] as number)) arm.outcomes++;
    const { p, difference } = mixtureTest(counts[0] as (typeof counts)[0], counts[1] as (typeof counts)[0], options);
    if (p <= options.alpha) return difference.value > 0 ? "better" : "worse";
  }
  return undefined;
}
const found = (rates: readonly [number, number], users: number, runs = 400) =>
  Array.from({ length: runs }, (_, seed) => everFound(seed, rates, users));

test("where there is no difference, looking after every person finds one in at most 5 of 100 experiments", () => {
  for (const rate of [0.1, 0.4]) {
    const wrong = found([rate, rate], 3000).filter((one) => one !== undefined).length;
    expect(wrong).toBeLessThan(0.05 * 400);
  }
});

test("a difference is found, and in the right direction", () => {
  expect(found([0.2, 0.3], 3000, 60).filter((one) => one === "better").length).toBeGreaterThan(54);
  expect(found([0.3, 0.2], 3000, 60).filter((one) => one === "worse").length).toBeGreaterThan(54);
});

test("a p-value of alpha and an interval that ends at 0 are the same", () => {
  for (let outcomes = 100; outcomes < 200; outcomes++) {
    const { p, difference } = mixtureTest({ users: 1000, outcomes: 100 }, { users: 1000, outcomes }, options);
    expect(p <= 0.05).toBe(difference.low >= 0);
  }
});

test("few people, and few outcomes, say nothing", () => {
  const nothing = { p: 1, difference: { low: -1, high: 1 } };
  expect(mixtureTest({ users: 0, outcomes: 0 }, { users: 0, outcomes: 0 }, options)).toMatchObject(nothing);
  expect(mixtureTest({ users: 99, outcomes: 0 }, { users: 500, outcomes: 400 }, options)).toMatchObject(nothing);
  expect(mixtureTest({ users: 500, outcomes: 0 }, { users: 500, outcomes: 19 }, options)).toMatchObject(nothing);
});

test("shares of arms that chance does not make", () => {
  expect(ratioTest(500, 1000, 0.5)).toBeCloseTo(1, 6);
  expect(ratioTest(531, 1000, 0.5)).toBeCloseTo(0.04993, 4); // R: 2 * pnorm(-31 / sqrt(250))
  expect(ratioTest(600, 1000, 0.5)).toBeLessThan(1e-9);
  expect(ratioTest(0, 0, 0.5)).toBe(1);
});
