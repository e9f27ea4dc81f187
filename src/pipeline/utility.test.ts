import { describe, expect, test } from "vitest";
import { askerOf } from "../../test/support/asker.ts";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender } from "../retrieve/index.ts";
import type { Fields } from "../store/index.ts";
import { Pacing, parsePipeline, runPipeline, runStages, weigh, withPrices } from "./index.ts";
import type { Utility } from "./schema.ts";

const { items: ids } = tinyArtifact();
const recommender = createRecommender(tinyArtifact(), engine);
const table = new Map<string, Fields>(
  ids.map((id, i) => [id, { margin: i + 1, seller: i % 2 === 0 ? "acme" : "brio", fresh: i === ids.length - 1 }]),
);
const asker = (pacing?: Pacing) => ({ ...askerOf({ tiny: recommender }, "zoe", table, { ids }), pacing });
const page = async (utility: object, { k = 3, pacing = undefined as Pacing | undefined } = {}) => {
  const pipeline = parsePipeline({ candidates: [{ from: "tiny", n: 9 }], filter: [], rerank: [{ utility }], k });
  const { items } = await runPipeline(pipeline, asker(pacing));
  return items.map(({ item, score }) => ({ item, score }));
};
const list = async () => {
  const plain = parsePipeline({ candidates: [{ from: "tiny", n: 9 }], filter: [] });
  return (await runStages(plain, asker())).stages[0]?.list ?? [];
};

test("without rules that bind, a page is ordered by relevance times what an item is worth", async () => {
  const items = await page({ value: "margin", rules: [{ filter: "item.fresh", atLeast: 0, price: 0 }] });
  const weighed = weigh({ value: "margin", rules: [] }, { asker: asker(), list: await list(), k: 3 });
  expect(items.map(({ score }) => score)).toEqual(weighed.values.toSorted((a, b) => b - a).slice(0, 3));
});

test("a price lifts what a rule wants, and pushes down what it wants little of", async () => {
  const last = ids.at(-1) as string;
  const up = await page({ rules: [{ filter: "item.fresh", atLeast: 0.1, price: 5 }] });
  expect(up[0]?.item).toBe(last);
  const down = await page({ rules: [{ each: "seller", atMost: 0.2, prices: { acme: 5 } }] }, { k: 2 });
  expect(down.map(({ item }) => table.get(item)?.["seller"])).toEqual(["brio", "brio"]);
});

test("relevance is kept by a share of what the page has without rules", async () => {
  const [part] = weigh({ rules: [{ relevance: 0.5 }] }, { asker: asker(), list: await list(), k: 1 }).parts;
  expect(part).toMatchObject({ name: "relevance", is: "least", bound: 0.5 });
});

test("prices are put where they belong, by the place of the rule", () => {
  const utility = {
    rules: [
      { filter: "item.fresh", atLeast: 0.1 },
      { filter: "item.fresh", atMost: 0.3 },
      { each: "seller", atMost: 0.5 },
    ],
  } satisfies Utility;
  const prices = new Map([
    ["0", 1],
    ["1", 2],
    ["2 acme", 3],
    ["2 brio", 0],
  ]);
  expect(withPrices(utility, prices).rules).toEqual([
    { filter: "item.fresh", atLeast: 0.1, price: 1 },
    { filter: "item.fresh", atMost: 0.3, price: 2 },
    { each: "seller", atMost: 0.5, prices: { acme: 3, brio: 0 } },
  ]);
});

describe("refused", () => {
  test.each([
    ["a rule without a price", { rules: [{ filter: "item.fresh", atLeast: 0.1 }] }, "has no price"],
    ["kinds without prices", { rules: [{ each: "seller", atMost: 0.1 }] }, "has no price"],
    ["a floor and a cap in one rule", { rules: [{ field: "margin", atLeast: 1, atMost: 2 }] }, "does not fit"],
    ["no rules", { rules: [] }, "does not fit"],
  ])("%s", async (_, utility, message) => {
    await expect(page(utility)).rejects.toThrow(message);
  });
});

describe("pacing", () => {
  const rules = [{ filter: "item.fresh", atLeast: 0.5, price: 0 }];

  test("prices rise until pages keep the rule on average, and fall when they do more", async () => {
    const pacing = new Pacing();
    for (let i = 0; i < 400; i++) await page({ rules, pace: 0.05 }, { k: 1, pacing });
    const [rule] = pacing.all;
    expect(rule?.bound).toBe(0.5);
    expect(rule?.reached).toBeGreaterThan(0.4);
    expect(rule?.reached).toBeLessThan(0.6);
  });

  test("without a pace, prices stay", async () => {
    const pacing = new Pacing();
    await page({ rules }, { pacing });
    expect(pacing.all).toEqual([]);
  });
});
