import { beforeAll, describe, expect, test } from "vitest";
import { readNcfMl1m, type Split } from "../../src/dataset/index.ts";
import { baselineSources, rankUsers, summarize } from "../../src/evaluate/index.ts";
import { realData } from "../support/folder.ts";

const { path, missing } = realData("ml-1m");

describe.skipIf(missing)("the published test of the NCF paper, MovieLens-1M", () => {
  let split: Split;
  beforeAll(async () => {
    split = await readNcfMl1m(path);
  });
  const ranked = () => rankUsers(baselineSources(split.train, 1).popularity, { ...split, protocol: "given", seed: 1 });

  test("156 of the 6,040 lists hold the test item among its own negatives and are one shorter", async () => {
    const { candidates } = await ranked();
    expect(candidates.length).toBe(6040);
    expect([99, 100].map((length) => candidates.filter((count) => count === length).length)).toEqual([156, 5884]);
  });
  test("popularity has HR@10 .4535 and NDCG@10 .2543 on it", async () => {
    const { metrics } = summarize(await ranked(), { protocol: "given", k: 10, seed: 1 });
    expect(metrics["hr@10"]?.value).toBeCloseTo(0.4535, 3);
    expect(metrics["ndcg@10"]?.value).toBeCloseTo(0.2543, 3);
  });
});
