import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answer, realData, scratch } from "./cli.ts";

interface Measured {
  readonly protocols: readonly { readonly metrics: Record<string, { readonly value: number }> }[];
}

const ml100k = realData("ml-100k");
const ml1m = realData("ml-1m");

describe("real data", () => {
  test.skipIf(ml100k === undefined)(
    "MovieLens-100K as it comes: imported, trained, better than popularity, answered",
    async () => {
      const folder = scratch();
      const imported = await answer<object>(folder, "import", join(ml100k ?? "", "u.data"), "--name", "ml-100k");
      expect(imported).toMatchObject({ users: 943, items: 1682, interactions: 100_000, rejected: 0 });
      await answer(folder, "train", "neumf", "--run", "first", "--epochs", "5");
      const evaluation = await answer<Measured & { baselines: { popularity: Measured } }>(folder, "evaluate", "first");
      const ndcg = ({ protocols }: Measured): number => protocols[0]?.metrics["ndcg@10"]?.value ?? Number.NaN;
      expect(ndcg(evaluation)).toBeGreaterThan(ndcg(evaluation.baselines.popularity));
      const { known, items } = await answer<{ known: boolean; items: object[] }>(
        folder,
        "recommend",
        "first",
        "--user",
        "42",
      );
      expect([known, items.length]).toEqual([true, 10]);
    },
  );

  test.skipIf(ml1m === undefined)(
    "the published test of the NCF paper brings its own split and candidates",
    async () => {
      const folder = scratch();
      const imported = await answer<object>(folder, "import", ml1m ?? "", "--name", "ncf");
      expect(imported).toMatchObject({ interactions: 994_169, given: { test: 6040, candidates: 597_960 } });
      const { split } = await answer<{ split: { kind: string } }>(folder, "train", "popularity", "--run", "popular");
      expect(split.kind).toBe("given");
      const { protocols } = await answer<{ protocols: { protocol: string; users: number }[] }>(
        folder,
        "evaluate",
        "popular",
      );
      expect(protocols.map(({ protocol }) => protocol)).toEqual(["full", "sampled-99", "given"]);
      expect(protocols[2]?.users).toBe(6040);
    },
  );
});
