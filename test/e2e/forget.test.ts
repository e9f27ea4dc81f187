import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure } from "./cli.ts";

let folder: string;
const workspace = (...path: string[]): string => join(folder, ".penchant", ...path);
const forget = (user: string) => answer<object>(folder, "forget", user);
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--run", "first", "--epochs", "2", "--threads", "1");
  await answer(folder, "train", "biased-mf", "--run", "stars", "--epochs", "2", "--threads", "1");
  mkdirSync(workspace("checkpoints", "late"), { recursive: true });
  writeFileSync(workspace("checkpoints", "late", "checkpoint.safetensors"), "rows of many, user-17 among them");
}, 120_000);

/** Every file of the workspace, as bytes. */
const contents = (): string[] =>
  readdirSync(workspace(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));

describe("forget", () => {
  test("takes a person out of data, runs and checkpoints, and leaves nothing", async () => {
    const user = await answer<{ items: object[] }>(folder, "recommend", "first", "--user", "user-18", "-k", "5");
    expect(await forget("user-17")).toEqual({
      user: "user-17",
      events: 0,
      models: [],
      datasets: [{ dataset: "ratings", interactions: 24 }],
      runs: [
        { run: "first", interactions: 24, tables: ["factors/user"] },
        { run: "stars", interactions: 24, tables: expect.arrayContaining(["factors/user"]) as string[] },
      ],
      checkpoints: ["late"],
      searched: { files: expect.any(Number) as number, bytes: expect.any(Number) as number },
    });
    // user-170 to user-179 stay; of user-17 itself no file holds the id as a word, nor two ids end to end
    expect(contents().filter((text) => /user-17(?!\d)/.test(text))).toEqual([]);
    expect(contents().filter((text) => /user-171/.test(text))).toHaveLength(3);
    expect(existsSync(workspace("checkpoints"))).toBe(false);
    expect(await answer(folder, "data", "ratings")).toMatchObject({ users: 239, interactions: 5736 });
    expect(await answer(folder, "recommend", "first", "--user", "user-17", "-k", "5")).toMatchObject({ known: false });
    expect(await answer(folder, "recommend", "first", "--user", "user-18", "-k", "5")).toEqual(user);
  });
  test("says that a run can no longer be measured, and why", async () => {
    const { code, message } = await failure(folder, ["evaluate", "first"]);
    expect([code, message]).toEqual(["WORKSPACE_CHANGED", expect.stringContaining("forgotten since (1)")]);
  });
  test("of somebody of whom nothing is known is an error, with the nearest id", async () => {
    expect(await failure(folder, ["forget", "user-17"])).toMatchObject({
      code: "DATA_USER_UNKNOWN",
      fix: expect.stringContaining('"user-1') as string,
    });
  });
  test("names a file that still holds the id", async () => {
    writeFileSync(workspace("notes.txt"), "user-20 called");
    const { code, message } = await failureWhateverChanged(["forget", "user-20"]);
    expect([code, message]).toEqual(["DATA_FORGET", expect.stringContaining("notes.txt")]);
    rmSync(workspace("notes.txt"));
  });
});

/** As `failure`, for a command that may have done a part of its work. */
async function failureWhateverChanged(args: readonly string[]) {
  const { penchant } = await import("./cli.ts");
  const { code, stdout } = await penchant(folder, ...args, "--json");
  expect(code).toBe(1);
  return (JSON.parse(stdout) as { error: { code: string; message: string } }).error;
}

describe("remove", () => {
  test("takes away a run with its checkpoint", async () => {
    mkdirSync(workspace("checkpoints", "stars"), { recursive: true });
    expect(await answer(folder, "remove", "run", "stars")).toEqual({ removed: "run", name: "stars", checkpoint: true });
    expect(existsSync(workspace("runs", "stars"))).toBe(false);
    expect(existsSync(workspace("checkpoints"))).toBe(false);
    expect((await failure(folder, ["recommend", "stars", "--user", "user-1"])).code).toBe("WORKSPACE_UNKNOWN");
  });
  test("takes away a data set, and names the runs that can no longer be measured", async () => {
    expect(await answer(folder, "remove", "data", "ratings")).toEqual({
      removed: "data",
      name: "ratings",
      runs: ["first"],
    });
    expect(await answer(folder, "recommend", "first", "--user", "user-18", "-k", "5")).toMatchObject({ known: true });
    expect((await failure(folder, ["evaluate", "first"])).code).toMatch(/^WORKSPACE_/);
  });
  test.each([
    [["remove", "run", "nope"], "WORKSPACE_UNKNOWN", 1],
    [["remove", "data", "ratings"], "WORKSPACE_EMPTY", 1],
    [["remove", "run", "../runs"], "WORKSPACE_NAME", 1],
    [["remove", "model", "first"], "USAGE_ARGUMENTS", 2],
  ])("%j is refused: %s", async (args, code, status) => {
    expect((await failure(folder, args, status)).code).toBe(code);
  });
});
