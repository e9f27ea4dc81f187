import { describe, expect, test } from "vitest";
import { recommendedFor } from "../nn/model.ts";
import { bprMf } from "./bpr-mf.ts";
import { gmf } from "./gmf.ts";
import { l2ByItemCounts } from "./recommended.ts";

describe("l2ByItemCounts", () => {
  test("grows with the square root of the interactions of an item, in two digits", () => {
    const { of, rules } = l2ByItemCounts(3e-6);
    expect(of({ users: 9, items: 100, interactions: 10_000 })).toEqual({ l2: 3e-5 });
    expect(of({ users: 9, items: 100, interactions: 1234 })).toEqual({ l2: 1.1e-5 });
    expect(rules.l2).toBe("0.000003 x sqrt(interactions / items)");
  });

  test("takes precedence over what the model recommends for all data", () => {
    const size = { users: 9, items: 100, interactions: 10_000 };
    expect(recommendedFor(bprMf.definition, size)).toEqual({ ...bprMf.definition.training, l2: 3e-5 });
  });
});

test("large data has the settings of the NCF paper, small data larger batches and more negatives", () => {
  const of = (interactions: number) => recommendedFor(gmf.definition, { users: 9, items: 9, interactions });
  expect(of(499_999)).toEqual({ batchSize: 1024, learningRate: 0.002, negatives: 8, l2: 5e-6 });
  expect(of(500_000)).toEqual({ batchSize: 256, learningRate: 0.001, negatives: 4, l2: 0 });
  expect(gmf.definition.sized?.rules.negatives).toBe("8, from 500000 interactions on 4");
});
