import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import type { Model } from "../nn/model.ts";
import { initialParameters, scorePlan, trainingPlan } from "../nn/plans.ts";
import { cfNade } from "./cf-nade.ts";

const ratings = {
  ...{ offsets: Int32Array.of(0, 2, 3, 6), items: Int32Array.of(0, 3, 0, 1, 2, 3) },
  ...{ values: Float32Array.of(3, 1, 2, 1, 3, 2), columns: 4 },
};
const [users, items, factors, levels] = [3, 4, 2, 3];
const catalog = { users, items, meanValue: 2, itemCounts: Float32Array.of(2, 1, 1, 2) };
const config = { factors, levels };
const model = (ordinal: number) => cfNade({ ...config, ordinal }) as Model;
const first = initialParameters(trainingPlan(model(1), catalog), catalog, 5);
const parameters = Object.fromEntries(
  Object.entries(first).map(([name, x]) => [
    name,
    x.map((y, i) => y + Math.sin(5 * i + 3 * name.length + name.charCodeAt(name.length - 1))),
  ]),
);
const value = (name: string, i: number) => parameters[name]?.[i] as number;
const each = <T>(size: number, of: (i: number) => T): T[] => Array.from({ length: size }, (_, i) => of(i));
const total = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);

/** Logits of the levels of a pair, by the ratings of those who come before (equations 3, 8 to 10). */
function logits(user: number, item: number, before: (other: number) => boolean): number[] {
  const hidden = each(factors, (c) => {
    let x = value("hidden/bias", c);
    for (let other = 0; other < users; other++) {
      for (let e = ratings.offsets[other] as number; e < (ratings.offsets[other + 1] as number); e++) {
        if (ratings.items[e] !== item || !before(other)) continue;
        for (let level = 0; level < (ratings.values[e] as number); level++)
          x += value(`weights/${level}`, other * factors + c);
      }
    }
    return Math.tanh(x);
  });
  return each(levels, (level) =>
    total(
      each(
        level + 1,
        (l) =>
          value(`bias/${l}`, user) +
          total(each(factors, (c) => (hidden[c] as number) * value(`output/${l}`, user * factors + c))),
      ),
    ),
  );
}

test("a score is the mean rating, given all ratings of the item", async () => {
  const feeds = {
    user: Int32Array.from(each(users * items, (i) => Math.floor(i / items))),
    item: Int32Array.from(each(users * items, (i) => i % items)),
  };
  const data = model(1).matrices?.(ratings);
  const { score } = await referenceEngine.evaluate(scorePlan(model(1), catalog), parameters, feeds, 0, data);
  for (const [row, user] of feeds.user.entries()) {
    const powers = logits(user, feeds.item[row] as number, () => true).map(Math.exp);
    const expected = total(powers.map((power, level) => power * (level + 1))) / total(powers);
    expect((score as Float32Array)[row]).toBeCloseTo(expected, 4);
  }
});

test.each([0, 1, 0.3])("the cost of ordinal %s is that of the definition, in every order", async (ordinal) => {
  const plan = trainingPlan(model(ordinal), catalog);
  const feeds = { user: Int32Array.of(2), item: Int32Array.of(3), label: Float32Array.of(2) };
  const data = model(ordinal).matrices?.(ratings);
  // Only who comes before of those who rated the item can matter: user 0 does or does not, and user 2, whose rating it is, must not.
  const possible = [true, false].map((known) => {
    const s = logits(2, 3, (other) => other === 0 && known);
    const preferred = (k: number, of: readonly number[]) =>
      Math.log(total(of.map((l) => Math.exp(s[l] as number)))) - (s[k] as number);
    const plain = preferred(1, [0, 1, 2]);
    const lists = preferred(1, [0, 1]) + preferred(0, [0]) + preferred(1, [1, 2]) + preferred(2, [2]);
    return ordinal * lists + (1 - ordinal) * plain;
  });
  const seen = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const { loss } = await referenceEngine.evaluate(plan, parameters, feeds, seed, data);
    const cost = (loss as Float32Array)[0] as number;
    if (cost === 0) seen.add("before");
    // weighed by 64 / (64 - places before): some whole number of 64ths of the cost
    for (const [which, own] of possible.entries()) {
      const places = (64 * own) / cost;
      if (cost > 0 && Math.abs(places - Math.round(places)) < 2e-3 && places < 64.5) seen.add(`after, ${which}`);
    }
    const fits =
      cost === 0 || possible.some((own) => Math.abs((64 * own) / cost - Math.round((64 * own) / cost)) < 2e-3);
    expect(fits, `seed ${seed}: ${cost} of ${possible.join()}`).toBe(true);
  }
  expect(seen.size).toBe(3);
});
