import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";

interface Tuning {
  readonly tuning: string;
  readonly searched: readonly string[];
  readonly trials: readonly { readonly number: number; readonly values: object; readonly ended: string }[];
  readonly best: number;
  readonly command: string;
}

let folder: string;
const tune = (...args: string[]) => answer<Tuning>(folder, "tune", ...args);
/** Without what depends on the clock. */
const timeless = ({ trials }: Tuning) => trials.map((trial) => ({ ...trial, seconds: 0 }));
beforeAll(async () => {
  folder = await clubFolder();
}, 120_000);

describe("tune", () => {
  test("begins with the usual options, and ends with a command that trains the winner", async () => {
    const tuned = await tune("item-knn", "--trials", "4");
    expect(tuned).toMatchObject({ tuning: "item-knn-ratings", asked: 4, metric: "ndcg@10", protocol: "full" });
    expect(tuned.searched).toEqual(["neighbours", "similarity", "shrinkage", "prediction"]);
    expect(tuned.trials.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    expect(tuned.trials[0]?.values).toEqual({});
    const [program, ...words] = tuned.command.split(" ");
    expect(program).toBe("penchant");
    await answer(folder, ...words, "--run", "tuned");
    expect(await answer(folder, "evaluate", "tuned")).toMatchObject({ run: "tuned" });
  });
  test("the same command goes on where it was, and finds what it would have found at once", async () => {
    const rest = await tune("item-knn", "--trials", "6");
    expect(rest.trials).toHaveLength(6);
    const once = await tune("item-knn", "--trials", "6", "--name", "once");
    expect(timeless(once)).toEqual(timeless(rest));
  });
  test("stops trials that lag behind, the same ones each time", async () => {
    const args = ["gmf", "--trials", "5", "--set", "epochs=6", "--set", "patience=6", "--threads", "1"];
    const first = await tune(...args);
    expect(first.searched).not.toContain("epochs");
    expect(first.trials.filter(({ ended }) => ended === "behind").length).toBeGreaterThan(0);
    expect(timeless(await tune(...args, "--name", "again"))).toEqual(timeless(first));
  }, 240_000);
  test("another question under the same name is refused, and begins anew after a removal", async () => {
    const { code, message, fix } = await failure(folder, ["tune", "item-knn", "--trials", "6", "--set", "shrinkage=3"]);
    expect([code, message]).toEqual(["CONFIG_VALUE", expect.stringContaining("another fixed, searched")]);
    expect(fix).toContain("penchant remove tuning item-knn-ratings");
    await answer(folder, "remove", "tuning", "item-knn-ratings");
    expect((await tune("item-knn", "--trials", "2", "--set", "shrinkage=3")).searched).not.toContain("shrinkage");
  });
  test("trials stand in compare, which no test part has a share in", async () => {
    const { tunings } = await answer<{ tunings: { tuning: string }[] }>(folder, "compare");
    expect(tunings.map(({ tuning }) => tuning)).toEqual(["again", "gmf-ratings", "item-knn-ratings", "once"]);
    const { stdout } = await penchant(folder, "compare");
    expect(stdout).toContain("gmf on ratings, leave-last-out split, ndcg@10 (full) of the validation part");
  });
  test("damage is told", async () => {
    const path = join(folder, ".penchant", "tunings", "once", "tuning.json");
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 20));
    expect(await failure(folder, ["tune", "item-knn", "--name", "once"])).toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });
  test.each([
    [["popularity"], "CONFIG_VALUE", 1],
    [["ease", "--trials", "0"], "USAGE_ARGUMENTS", 2],
    [["ease", "--budget", "soon"], "USAGE_ARGUMENTS", 2],
    [["ease", "--set", "l2=-1"], "CONFIG_VALUE", 1],
    [["ease", "--set", "factors=8"], "CONFIG_UNKNOWN", 1],
  ])("%j is refused: %s", async (args, code, status) => {
    expect(await failure(folder, ["tune", ...args], status)).toMatchObject({ code });
  });
});

describe("train auto", () => {
  test("is what train alone means: tries families, says by how much one won, and trains it", async () => {
    const trained = await answer<{
      run: string;
      model: string;
      auto: { tried: { model: string; measured?: object; behind?: { low: number } }[]; next: string[] };
    }>(folder, "train", "--run", "chosen", "--budget", "20s");
    const { tried, next } = trained.auto;
    expect(tried.slice(0, 3).map(({ model }) => model)).toEqual(["popularity", "item-knn", "ease"]);
    expect(tried.find(({ model }) => model === trained.model)?.behind).toBeUndefined();
    for (const { model, measured, behind } of tried)
      if (measured && model !== trained.model) expect(behind).toBeDefined();
    expect(next.at(-1)).toContain(`penchant tune ${trained.model} --data ratings`);
    expect(await answer(folder, "evaluate", "chosen")).toMatchObject({ model: trained.model });
  }, 240_000);
  test.each([
    [["train", "--epochs", "3"], "penchant train neumf --epochs"],
    [["train", "ease", "--budget", "1m"], "train auto"],
  ])("%j is refused with what to do", async (args, advice) => {
    const { code, fix } = await failure(folder, args, 2);
    expect([code, fix]).toEqual(["USAGE_ARGUMENTS", expect.stringContaining(advice)]);
  });
});
