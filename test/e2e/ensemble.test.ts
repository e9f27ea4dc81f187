import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";

interface Trained {
  readonly run: string;
  readonly fuse: string;
  readonly members: readonly { readonly run: string; readonly weight: number; readonly validation?: number }[];
  readonly validation?: { readonly metric: string; readonly value: number };
}
interface List {
  readonly method: string;
  readonly explanation?: string;
  readonly items: readonly {
    readonly item: string;
    readonly score: number;
    readonly members?: readonly { readonly run: string; readonly share: number }[];
  }[];
}
interface Measured {
  readonly model: string;
  readonly protocols: readonly {
    readonly protocol: string;
    readonly metrics: Record<string, { readonly value: number }>;
  }[];
}

let folder: string;
const ensemble = (...args: string[]) => answer<Trained>(folder, "train", "ensemble", ...args);
beforeAll(async () => {
  folder = await clubFolder();
  const apart = ["--set", "refit=false"];
  for (const model of ["ease", "item-knn", "popularity"])
    await answer(folder, "train", model, "--run", model, ...apart);
  await answer(folder, "train", "gmf", "--run", "gmf", "--epochs", "3", "--threads", "1", ...apart);
  await answer(folder, "train", "ease", "--run", "whole");
}, 120_000);

describe("train ensemble", () => {
  test("chooses weights on the validation part; the run answers, explains and is measured as any other", async () => {
    const trained = await ensemble("--of", "ease,item-knn,gmf", "--run", "together");
    expect(trained).toMatchObject({ run: "together", fuse: "standardized", validation: { metric: "ndcg@10" } });
    expect(trained.members.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    const alone = trained.members.map(({ validation = Number.NaN }) => validation);
    expect(trained.validation?.value).toBeGreaterThanOrEqual(Math.max(...alone) - 1e-3);
    const measured = await answer<Measured>(folder, "evaluate", "together");
    expect(measured.model).toBe("ensemble");
    expect(measured.protocols[0]?.metrics["ndcg@10"]?.value).toBeGreaterThan(0);
    const list = await answer<List>(folder, "recommend", "together", "--user", "user-7", "-k", "3", "--why");
    expect(list).toMatchObject({ method: "model", explanation: "members" });
    for (const { members = [] } of list.items) expect(members.length).toBeGreaterThan(0);
    const stranger = await answer<List>(folder, "recommend", "together", "--items", "film-1,film-2", "-k", "3");
    expect(stranger.items).toHaveLength(3);
    expect(["fold-in", "history"]).toContain(stranger.method);
    const { stdout } = await penchant(folder, "recommend", "together", "--user", "user-7", "--why");
    expect(stdout).toContain("says");
    expect(await answer(folder, "runs")).toMatchObject({
      runs: expect.arrayContaining([expect.objectContaining({ run: "together" })]),
    });
    await penchant(folder, "compare", "together", "ease");
  }, 120_000);
  test("is itself: what becomes of its members changes nothing", async () => {
    await answer(folder, "train", "item-knn", "--run", "passing", "--set", "refit=false");
    await ensemble("--of", "ease,passing", "--weights", "1,1", "--run", "lasting");
    const before = await answer<List>(folder, "recommend", "lasting", "--user", "user-3");
    await answer(folder, "remove", "run", "passing");
    expect(await answer<List>(folder, "recommend", "lasting", "--user", "user-3")).toEqual(before);
  });
  test("by places alone needs no validation part, and takes runs that have learned from it", async () => {
    await answer(folder, "train", "item-knn", "--run", "whole-knn");
    const trained = await ensemble("--of", "whole,whole-knn", "--fuse", "rrf", "--run", "places");
    expect(trained.members.map(({ weight }) => weight)).toEqual([1, 1]);
    expect(trained.validation).toBeUndefined();
    const { code, message, fix } = await failure(folder, ["train", "ensemble", "--of", "whole,whole-knn"]);
    expect([code, message]).toEqual([
      "ENSEMBLE_WEIGHTS",
      expect.stringContaining("have learned from the validation part"),
    ]);
    expect(fix).toContain("penchant train ease --set refit=false");
  });
  test.each([
    [["--of", "ease,whole"], "ENSEMBLE_MEMBERS"],
    [["--of", "ease"], "ENSEMBLE_MEMBERS"],
    [["--of", "ease,ease"], "ENSEMBLE_MEMBERS"],
    [["--of", "ease,nobody"], "WORKSPACE_UNKNOWN"],
    [["--of", "ease,gmf", "--fuse", "magic"], "CONFIG_VALUE"],
    [["--of", "ease,gmf", "--weights", "1"], "CONFIG_VALUE"],
    [["--of", "ease,gmf", "--weights", "1,much"], "CONFIG_VALUE"],
    [["--of", "ease,gmf", "--epochs", "3"], "USAGE_ARGUMENTS"],
    [[], "USAGE_ARGUMENTS"],
  ])("refuses %j: %s, and leaves no run", async (args, expected) => {
    const { code } = await failure(
      folder,
      ["train", "ensemble", ...args, "--run", "none"],
      expected === "USAGE_ARGUMENTS" ? 2 : 1,
    );
    expect(code).toBe(expected);
    expect(existsSync(join(folder, ".penchant/runs/none"))).toBe(false);
  });
  test("what only a run with weights of its own can do is refused: ARTIFACT_ENSEMBLE", async () => {
    await ensemble("--of", "ease,gmf", "--weights", "1,2", "--run", "pair");
    for (const args of [
      ["export", "pair", "--format", "onnx"],
      ["index", "build", "pair"],
      ["train", "ensemble", "--of", "pair,item-knn"],
    ]) {
      expect((await failure(folder, args)).code).toBe("ARTIFACT_ENSEMBLE");
    }
  });
  test("a user who is forgotten is in no file of it", async () => {
    await ensemble("--of", "ease,gmf", "--weights", "1,2", "--run", "forgetful");
    const forgotten = await answer<{ runs: { run: string }[] }>(folder, "forget", "user-11");
    expect(forgotten.runs.map(({ run }) => run)).toContain("forgetful");
    expect(await answer<List>(folder, "recommend", "forgetful", "--user", "user-11")).toMatchObject({
      method: "popularity",
    });
  });
  test("of a user option for another model: USAGE_ARGUMENTS", async () => {
    expect((await failure(folder, ["train", "ease", "--of", "a,b"], 2)).code).toBe("USAGE_ARGUMENTS");
    expect(readdirSync(join(folder, ".penchant/runs"))).not.toContain("ease-1");
  });
});
