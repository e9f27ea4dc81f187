import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  auc,
  averagePopularity,
  averagePrecision,
  coverage,
  exponentialNdcg,
  gini,
  hitRate,
  linearNdcg,
  mae,
  metricLabel,
  ndcg,
  precision,
  type RankingMetricName,
  rankingMetrics,
  recall,
  reciprocalRank,
  rmse,
} from "./index.ts";

const at = (...positions: number[]) => Int32Array.from(positions);
const names = Object.keys(rankingMetrics) as RankingMetricName[];

describe("ranking metrics, by hand: relevant items at places 2, 4 and 9 of 12, k = 5", () => {
  const positions = at(1, 3, 8);
  test("the hit rate sees a hit", () => expect(hitRate(positions, 5, 12)).toBe(1));
  test("two of five places are right", () => expect(precision(positions, 5, 12)).toBeCloseTo(2 / 5, 12));
  test("two of three items are found", () => expect(recall(positions, 5, 12)).toBeCloseTo(2 / 3, 12));
  test("the first hit is in second place", () => expect(reciprocalRank(positions, 5, 12)).toBe(0.5));
  test("average precision is (1/2 + 2/4) / 3", () =>
    expect(averagePrecision(positions, 5, 12)).toBeCloseTo((1 / 2 + 2 / 4) / 3, 12));
  test("NDCG is (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/log2 4)", () => {
    const ideal = 1 + 1 / Math.log2(3) + 1 / 2;
    expect(ndcg(positions, 5, 12)).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(5)) / ideal, 12);
  });
  test("AUC: 9 irrelevant items, of which 1, 2 and 6 stand before the three relevant ones", () =>
    expect(auc(positions, 5, 12)).toBeCloseTo(1 - 9 / 27, 12));
});

describe("ranking metrics at the edges", () => {
  test.each(names)("%s of a perfect list is 1 (precision: relevant / k where k is larger)", (name) => {
    expect(rankingMetrics[name](at(0, 1, 2), 3, 10)).toBe(1);
  });
  test.each(names)("%s of the worst list is 0", (name) => {
    expect(rankingMetrics[name](at(7, 8, 9), 3, 10)).toBe(0);
  });
  test.each(names)("%s is 0 where nothing is relevant", (name) => {
    expect(rankingMetrics[name](at(), 3, 10)).toBe(0);
  });
  test("k may exceed the list: only precision counts the missing places", () => {
    expect(names.map((name) => rankingMetrics[name](at(0, 1), 10, 2))).toEqual([1, 1, 1, 1, 0.2, 1, 0.5, 1, 1]);
  });
  test("k = 1 looks at the first place alone", () => {
    expect(ndcg(at(0, 5), 1, 9)).toBe(1);
    expect(ndcg(at(1, 5), 1, 9)).toBe(0);
  });
  test("with one relevant item NDCG is 1 / log2(place + 1), as in the NCF paper", () => {
    expect(ndcg(at(3), 10, 100)).toBeCloseTo(Math.log(2) / Math.log(5), 12);
  });
  test("labels carry k, except for AUC, which has none", () => {
    expect(names.map((name) => metricLabel(name, 10))).toEqual([
      "hr@10",
      "ndcg@10",
      "mrr@10",
      "map@10",
      "precision@10",
      "recall@10",
      "auc",
      "ndcg-linear@10",
      "ndcg-exponential@10",
    ]);
  });
});

describe("graded NDCG, by hand: ratings 2, 5 and 4 at places 1, 3 and 4, k = 3", () => {
  const [positions, ratings] = [at(0, 2, 3), Float32Array.of(2, 5, 4)];
  const [second, third] = [1 / Math.log2(3), 1 / 2];
  test("linear gains are the ratings", () =>
    expect(linearNdcg(positions, 3, 9, ratings)).toBeCloseTo((2 + 5 * third) / (5 + 4 * second + 2 * third), 12));
  test("exponential gains are 2^rating - 1", () =>
    expect(exponentialNdcg(positions, 3, 9, ratings)).toBeCloseTo(
      (3 + 31 * third) / (31 + 15 * second + 3 * third),
      12,
    ));
  test("the ideal list holds the best rated k, not all", () =>
    expect(linearNdcg(at(0, 1), 1, 9, Float32Array.of(1, 5))).toBe(1 / 5));
  test.each([linearNdcg, exponentialNdcg])("the order of the ratings is 1, the reverse less", (metric) => {
    expect(metric(at(0, 1, 2), 3, 9, Float32Array.of(5, 3, 1))).toBe(1);
    expect(metric(at(0, 1, 2), 3, 9, Float32Array.of(1, 3, 5))).toBeLessThan(0.85);
  });
  test.each([linearNdcg, exponentialNdcg])("ratings that are all alike make it NDCG", (metric) =>
    expect(metric(at(1, 4, 7), 5, 9, Float32Array.of(3, 3, 3))).toBeCloseTo(ndcg(at(1, 4, 7), 5, 9), 12),
  );
  test.each([linearNdcg, exponentialNdcg])(
    "a rating of 0 or below gains nothing, and without any gain it is 0",
    (metric) => {
      expect(metric(at(0, 1), 2, 9, Float32Array.of(-3, 5))).toBeCloseTo(second, 12);
      expect(metric(at(0, 1), 2, 9, Float32Array.of(0, -1))).toBe(0);
      expect(metric(at(0, 1), 2, 9, Float32Array.of(Number.NaN, 5))).toBeCloseTo(second, 12);
    },
  );
  test("counts do not overflow exponential gains", () => {
    expect(exponentialNdcg(at(0, 1), 2, 9, Float32Array.of(5000, 4990))).toBe(1);
    expect(exponentialNdcg(at(0, 1), 2, 9, Float32Array.of(4990, 5000))).toBeCloseTo(second, 2);
  });
  test("it stays within [0, 1] and grows where two neighbours get into the order of their ratings", () => {
    const lists = fc.uniqueArray(fc.nat(30), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(lists, fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 8, maxLength: 8 }), (places, stars) => {
        const sorted = Int32Array.from(places).sort();
        const ratings = Float32Array.from(sorted, (_, i) => stars[i] ?? 0);
        const best = ratings.slice().sort().reverse();
        for (const metric of [linearNdcg, exponentialNdcg]) {
          const value = metric(sorted, 10, 40, ratings);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(metric(sorted, 10, 40, best)).toBeGreaterThanOrEqual(value - 1e-12);
          expect(metric(sorted, 10, 40, best)).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });
});

/** The textbook definitions, walking a list of booleans. */
function oracle(list: readonly boolean[], k: number): Record<RankingMetricName, number> {
  const top = Array.from({ length: k }, (_, i) => list[i] ?? false);
  const relevant = list.filter(Boolean).length;
  const dcg = (flags: readonly boolean[]) => flags.reduce((sum, hit, i) => sum + (hit ? 1 / Math.log2(i + 2) : 0), 0);
  const precisions = top.map((hit, i) => (hit ? top.slice(0, i + 1).filter(Boolean).length / (i + 1) : 0));
  const pairs = list.flatMap((a, i) => list.flatMap((b, j) => (a && !b ? [i < j ? 1 : 0] : []))) as number[];
  const first = top.indexOf(true);
  const binary = dcg(top) / dcg(Array.from({ length: Math.min(k, relevant) }, () => true));
  return {
    hr: first >= 0 ? 1 : 0,
    ndcg: binary,
    mrr: first >= 0 ? 1 / (first + 1) : 0,
    map: precisions.reduce((a, b) => a + b, 0) / Math.min(k, relevant),
    precision: top.filter(Boolean).length / k,
    recall: top.filter(Boolean).length / relevant,
    auc: pairs.length === 0 ? 0.5 : pairs.reduce((a, b) => a + b, 0) / pairs.length,
    "ndcg-linear": binary, // without ratings every gain is 1
    "ndcg-exponential": binary,
  };
}

test("every ranking metric agrees with the textbook definition on any list", () => {
  const lists = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }).filter((list) => list.includes(true));
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 40 }), (list, k) => {
      const positions = Int32Array.from(list.flatMap((hit, i) => (hit ? [i] : [])));
      const expected = oracle(list, k);
      for (const name of names) expect(rankingMetrics[name](positions, k, list.length)).toBeCloseTo(expected[name], 10);
    }),
  );
});

describe("rating errors", () => {
  test("RMSE and MAE by hand", () => {
    expect(rmse([1, 2, 5], [3, 2, 4])).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(mae([1, 2, 5], [3, 2, 4])).toBe(1);
  });
  test("without ratings there is no error to state", () => expect(rmse([], [])).toBeNaN());
});

describe("exposure of the catalogue", () => {
  test("coverage counts the items shown at least once", () => expect(coverage([3, 0, 1, 0])).toBe(0.5));
  test("average popularity weighs an item by how often it was shown", () =>
    expect(averagePopularity([3, 0, 1], [10, 99, 2])).toBe(8));
  test("Gini is 0 for even exposure and 1 - 1/n where one item gets everything", () => {
    expect(gini([5, 5, 5, 5])).toBe(0);
    expect(gini([0, 0, 0, 9])).toBe(0.75);
  });
  test("Gini is half the mean absolute difference of all pairs over the mean", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }), (counts) => {
        const total = counts.reduce((a, b) => a + b, 0);
        const differences = counts.flatMap((a) => counts.map((b) => Math.abs(a - b))).reduce((a, b) => a + b, 0);
        expect(gini(counts)).toBeCloseTo(total === 0 ? 0 : differences / (2 * counts.length * total), 10);
      }),
    );
  });
  test("nothing shown is no exposure", () => {
    expect([coverage([0, 0]), averagePopularity([0, 0], [1, 1]), gini([0, 0])]).toEqual([0, 0, 0]);
    expect([coverage([]), averagePopularity([], []), gini([])]).toEqual([0, 0, 0]);
  });
});
