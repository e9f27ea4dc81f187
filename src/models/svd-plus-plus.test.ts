import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import { initialParameters, scorePlan } from "../nn/plans.ts";
import { svdPlusPlus } from "./index.ts";

const history = { offsets: Int32Array.of(0, 2, 2, 6), items: Int32Array.of(0, 3, 0, 1, 2, 4) };
const [users, items, factors] = [3, 5, 4];
const catalog = { users, items, meanValue: 3.4, itemCounts: Float32Array.of(2, 1, 1, 1, 1) };
const plan = scorePlan(svdPlusPlus({ factors }), catalog);
const parameters: Readonly<Record<string, Float32Array>> = {
  ...initialParameters(plan, catalog, 5),
  "bias/user": Float32Array.of(0.1, 0.2, -0.3),
  "bias/item": Float32Array.of(1, 2, 3, 4, 5),
};
const at = (name: string, place: number) => parameters[name]?.[place] as number;

test("SVD++ adds what was rated, over the root of how much it is, to the user's vector", async () => {
  const feeds = {
    user: Int32Array.from({ length: users * items }, (_, i) => Math.floor(i / items)),
    item: Int32Array.from({ length: users * items }, (_, i) => i % items),
  };
  const { score } = await referenceEngine.evaluate(plan, parameters, feeds, 0, { history });
  for (const [row, user] of feeds.user.entries()) {
    const item = feeds.item[row] as number;
    const rated = [...history.items.subarray(history.offsets[user], history.offsets[user + 1])];
    let expected = 3.4 + item + 1 + at("bias/user", user);
    for (let c = 0; c < factors; c++) {
      const q = at("factors/item", item * factors + c);
      expected += q * at("factors/user", user * factors + c);
      for (const j of rated) expected += (q * at("history/item", j * factors + c)) / Math.sqrt(rated.length);
    }
    expect(score?.[row]).toBeCloseTo(expected, 5);
  }
});
