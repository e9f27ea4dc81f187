import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import type { Plan } from "../graph/plan.ts";
import type { Model } from "../nn/model.ts";
import { historyPlans, initialParameters, scorePlan } from "../nn/plans.ts";
import { autoRec, cdae } from "./index.ts";

const history = { offsets: Int32Array.of(0, 2, 2, 6), items: Int32Array.of(0, 3, 0, 1, 2, 4) };
const values = Float32Array.of(5, 2, 1, 4, 3, 5);
const [users, items, factors] = [3, 5, 4];
const catalog = { users, items, meanValue: 3.4, itemCounts: Float32Array.of(2, 1, 1, 1, 1) };
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const feeds = {
  user: Int32Array.from({ length: users * items }, (_, i) => Math.floor(i / items)),
  item: Int32Array.from({ length: users * items }, (_, i) => i % items),
};

/** Scores of every pair by the definition, and the parameters by name; biases as given. */
async function scored(model: Model, plan: Plan, biases: Readonly<Record<string, Float32Array>>) {
  const parameters = { ...initialParameters(scorePlan(model, catalog), catalog, 5), ...biases };
  const data = { history, ...model.matrices?.({ ...history, values, columns: items }) };
  const { score } = await referenceEngine.evaluate(plan, parameters, feeds, 0, data);
  const at = (name: keyof typeof parameters, place: number) => parameters[name]?.[place] as number;
  return { score: score as Float32Array, at };
}

const shift = Float32Array.of(0.1, -0.2, 0.3, 0);

test.each(["score", "history"] as const)(
  "CDAE: the %s is a code of the history, known users' with a vector of their own",
  async (kind) => {
    const model = cdae({ factors }) as Model;
    const plan = kind === "score" ? scorePlan(model, catalog) : (historyPlans(model, catalog)?.score as Plan);
    const liked = Float32Array.of(1, 2, 3, 4, 5);
    const { score, at } = await scored(model, plan, { "code/bias": shift, "bias/item": liked });
    for (const [row, user] of feeds.user.entries()) {
      const item = feeds.item[row] as number;
      const done = [...history.items.subarray(history.offsets[user], history.offsets[user + 1])];
      let expected = item + 1;
      for (let c = 0; c < factors; c++) {
        let unit = at("code/bias", c) + (kind === "score" ? at("own", user * factors + c) : 0);
        for (const j of done) unit += at("encoder", j * factors + c) / Math.sqrt(done.length);
        expected += sigmoid(unit) * at("decoder", item * factors + c);
      }
      expect(score[row]).toBeCloseTo(expected, 5);
    }
  },
);

test("AutoRec: an item is a code of the ratings it got", async () => {
  const model = autoRec({ factors }) as Model;
  const biases = { "encoder/bias": shift, "bias/user": Float32Array.of(0.1, 0.2, -0.3) };
  const { score, at } = await scored(model, scorePlan(model, catalog), biases);
  for (const [row, user] of feeds.user.entries()) {
    const item = feeds.item[row] as number;
    let expected = 3.4 + at("bias/user", user);
    for (let c = 0; c < factors; c++) {
      let unit = at("encoder/bias", c);
      for (let other = 0; other < users; other++) {
        for (let e = history.offsets[other] as number; e < (history.offsets[other + 1] as number); e++)
          if (history.items[e] === item) unit += (values[e] as number) * at("encoder/kernel", other * factors + c);
      }
      expected += sigmoid(unit) * at("decoder", user * factors + c);
    }
    expect(score[row]).toBeCloseTo(expected, 5);
  }
});
