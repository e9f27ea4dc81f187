import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";

interface Updated {
  readonly tested: number;
  readonly updated: { readonly epochs: number; readonly test?: Record<string, number> };
  readonly scratch?: { readonly test?: Record<string, number> };
}
interface List {
  readonly method: string;
  readonly items: readonly { readonly item: string }[];
}

const newcomer = [1, 4, 7, 10, 13, 16, 900].map((film, i) => `newcomer,film-${film},5,${1_700_000_000 + i}`);
const known = [`user-1,film-900,5,1700000100`, `user-2,film-900,4,1700000200`, `user-3,film-901,4,1700000300`];
let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  writeFileSync(join(folder, "new.csv"), ["userId,movieId,rating,timestamp", ...newcomer, ...known, ""].join("\n"));
  for (const [run, model, ...more] of [
    ["first", "bpr-mf", "--epochs", "4"],
    ["stars", "biased-mf", "--epochs", "4"],
    ["whole", "bpr-mf", "--epochs", "4", "--split", "none"],
    ["popular", "popularity"],
    ["solved", "ease"],
    ["halves", "ials"],
  ] as const) {
    await answer(folder, "import", "ratings.csv", "--name", `data-${run}`);
    await answer(folder, "train", model, "--run", run, "--data", `data-${run}`, "--threads", "1", ...more);
  }
}, 240_000);

describe("update", () => {
  test.each([
    ["first", "ndcg@10"],
    ["stars", "rmse"],
    ["whole", "ndcg@10"],
    ["popular", "ndcg@10"],
    ["solved", "ndcg@10"],
    ["halves", "ndcg@10"],
  ])("%s: ids grow, and what it is worth stands beside a training from scratch", async (run, figure) => {
    const document = await answer<Updated>(folder, "update", run, "--with", "new.csv", "--threads", "1");
    expect(document).toMatchObject({
      ...{ run, dataset: `data-${run}`, users: 241, interactions: 5770, runs: [] },
      added: { rows: 10, rejected: 0, users: 1, items: 2, interactions: 10 },
    });
    expect(document.tested).toBeGreaterThan(0);
    expect(document.updated.test?.[figure]).toBeGreaterThanOrEqual(0);
    expect(document.scratch?.test?.[figure]).toBeGreaterThanOrEqual(0);
    expect(await answer(folder, "data", `data-${run}`)).toMatchObject({ users: 241, interactions: 5770 });
    const { method, items } = await answer<List>(folder, "recommend", run, "--user", "newcomer", "-k", "100");
    expect(method).toBe(run === "popular" ? "baseline" : "model");
    const own = newcomer.map((row) => row.split(",")[1]);
    expect(items.map(({ item }) => item).filter((item) => own.includes(item))).toEqual([]);
    const { metadata } = JSON.parse(readFileSync(join(folder, ".penchant/runs", run, "artifact.json"), "utf8")) as {
      metadata: { split: object };
    };
    expect(metadata.split).toMatchObject({ updated: 1 });
  });
  test("a run that reads features goes on with those that it learned, and is told of what is new", async () => {
    const films = Array.from({ length: 80 }, (_, i) => `film-${i + 1},${i % 2 ? "drama" : "comedy"}`);
    writeFileSync(join(folder, "films.csv"), ["film,genre", ...films].join("\n"));
    writeFileSync(join(folder, "new-films.csv"), "film,genre\nfilm-900,drama\nfilm-901,western\n");
    await answer(folder, "import", "ratings.csv", "--name", "data-towers", "--item-features", "films.csv");
    const training = ["--data", "data-towers", "--threads", "1", "--epochs", "4", "--set", "idDropout=0.9"];
    await answer(folder, "train", "two-tower", "--run", "towers", ...training);
    const columns = () => {
      const plans = JSON.parse(readFileSync(join(folder, ".penchant/runs/towers/plans.json"), "utf8"));
      return (plans.features.items.columns as { name: string; categories: string[] }[]).map((one) => one.categories);
    };
    expect(columns()).toEqual([["comedy", "drama"]]);
    const options = ["--with", "new.csv", "--item-features", "new-films.csv", "--no-scratch", "--threads", "1"];
    const document = await answer<Updated & { features: { matched: number }[] }>(
      folder,
      "update",
      "towers",
      ...options,
    );
    expect(document.features).toMatchObject([{ matched: 2 }]);
    expect(columns()).toEqual([["comedy", "drama"]]); // a western is nothing that it has learned of
    const { items } = await answer<{ items: { name: string; coverage: number }[] }>(folder, "features", "data-towers");
    expect(items).toMatchObject([{ name: "genre" }]);
    const { method } = await answer<List>(folder, "recommend", "towers", "--user", "newcomer");
    expect(method).toBe("model");
  });

  test("a second time, without the comparison", async () => {
    writeFileSync(join(folder, "more.csv"), "userId,movieId,rating,timestamp\nuser-9,film-902,5,1700001000\n");
    const document = await answer<Updated>(folder, "update", "first", "--with", "more.csv", "--no-scratch");
    expect(document).toMatchObject({ added: { users: 0, items: 1, interactions: 1 }, users: 241 });
    expect(document.scratch).toBeUndefined();
  });
  test("what held-out measurement it had is shown; the parts are learned from by now", async () => {
    expect(await answer(folder, "evaluate", "stars")).toMatchObject({ run: "stars" });
  });
  test("a file that cannot be read, or lacks the columns, changes nothing", async () => {
    expect((await failure(folder, ["update", "first", "--with", "none.csv"])).code).toBe("DATA_FILE_MISSING");
    writeFileSync(join(folder, "lacks.csv"), "who,what\na,b\n");
    expect((await failure(folder, ["update", "first", "--with", "lacks.csv"])).code).toBe("DATA_COLUMN");
  });
  test("tells people what happened", async () => {
    const { stdout, stderr } = await penchant(folder, "update", "whole", "--with", "more.csv");
    expect(stdout, stderr).toMatch(/1 new interactions[\s\S]*from scratch/);
  });
});
