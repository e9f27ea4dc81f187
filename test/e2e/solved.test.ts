import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, failure, scratch } from "./cli.ts";

interface Measured {
  readonly protocols: readonly { readonly metrics: Readonly<Record<string, { readonly value: number }>> }[];
}
interface Answer {
  readonly method: string;
  readonly explanation?: string;
  readonly items: readonly { readonly item: string; readonly why?: readonly { readonly weight: number }[] }[];
}

const folder = scratch();
const ndcg = ({ protocols }: Measured): number => protocols[0]?.metrics["ndcg@10"]?.value ?? Number.NaN;

beforeAll(async () => {
  writeFileSync(join(folder, "ratings.csv"), clubCsv());
  await answer(folder, "import", join(folder, "ratings.csv"));
});

describe.each([
  ["item-knn", "history", "neighbours=20"],
  ["user-knn", "history", "neighbours=20"],
  ["pure-svd", "history", "factors=8"],
  ["gf-cf", "history", "factors=8"],
  ["rp3beta", "history", "neighbours=20"],
  ["slim", "history", "l2=10"],
  ["ease", "history", "l2=50"],
  // The club is small: 64 factors learn it by heart.
  ["ials", "fold-in", "factors=8"],
])("%s, a model that is solved for", (model, newcomer, setting) => {
  test("is better than popularity, without epochs", async () => {
    const trained = await answer<{ epochs: object[]; parameters: number }>(
      folder,
      "train",
      model,
      "--run",
      model,
      "--set",
      setting,
    );
    expect(trained.epochs).toEqual([]);
    expect(trained.parameters).toBeGreaterThan(0);
    const measured = await answer<Measured & { baselines: { popularity: Measured } }>(folder, "evaluate", model);
    expect(ndcg(measured)).toBeGreaterThan(ndcg(measured.baselines.popularity));
  });

  test("answers its users and newcomers, with reasons", async () => {
    const known = await answer<Answer>(folder, "recommend", model, "--user", "user-1", "--why");
    expect([known.method, known.explanation]).toEqual(["model", "left-out"]);
    const liked = known.items.slice(0, 3).map(({ item }) => item);
    const fresh = await answer<Answer>(folder, "recommend", model, "--items", liked.join(), "--why", "-k", "5");
    expect([fresh.method, fresh.items.length]).toEqual([newcomer, 5]);
    for (const { item, why = [] } of fresh.items) {
      expect(liked).not.toContain(item);
      expect(why.every(({ weight }) => weight > 0 && weight <= 1)).toBe(true);
    }
  });

  test("with --final it is measured, then solved anew on everything", async () => {
    const { test: before } = await answer<{ test: object }>(
      folder,
      "train",
      model,
      "--run",
      `${model}-final`,
      "--final",
    );
    expect(Object.keys(before)).not.toEqual([]);
  });
});

test("a model of histories has no ONNX file, and says which models have", async () => {
  const { code, fix } = await failure(folder, ["export", "ease", "--format", "onnx"]);
  expect([code, fix]).toEqual(["ARTIFACT_EXPORT", expect.stringContaining("ials or bpr-mf")]);
});
