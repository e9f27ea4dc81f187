import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { ownerName, self } from "../../src/cli/workspace/owner.ts";
import { answer, clubFolder, type Failure, finish, oneDocument, start } from "./cli.ts";

const hooks = pathToFileURL(join(import.meta.dirname, "..", "support", "typescript.mjs")).href;

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
});

describe("two processes in one workspace", () => {
  test("writing the same run: one gets it, the other WORKSPACE_BUSY", async () => {
    const first = start(folder, ["train", "neumf", "--run", "same", "--epochs", "40", "--json"]);
    const done = finish(first);
    while (!existsSync(join(folder, ".penchant", "locks", "run-same"))) await new Promise((r) => setTimeout(r, 5));
    const second = await finish(start(folder, ["train", "gmf", "--run", "same", "--epochs", "1", "--json"]));
    expect(second.code).toBe(1);
    expect((oneDocument(second.stdout) as Failure).error.code).toBe("WORKSPACE_BUSY");
    expect((await done).code).toBe(0);
    const { runs } = await answer<{ runs: { run: string; model: string }[] }>(folder, "runs");
    expect(runs).toMatchObject([{ run: "same", model: "neumf" }]);
  });

  test("writing different entries: both succeed and nothing is left aside", async () => {
    const commands = [
      ["train", "gmf", "--run", "a", "--epochs", "2"],
      ["train", "mlp", "--run", "b", "--epochs", "2"],
      ["import", "ratings.csv", "--name", "c"],
      ["import", "ratings.csv", "--name", "d"],
    ].map((args) => finish(start(folder, [...args, "--json"])));
    for (const { code, stdout } of await Promise.all(commands)) expect(code, stdout).toBe(0);
    const names = async (what: "runs" | "data") => {
      const lists = await answer<Record<string, { run?: string; dataset?: string }[]>>(folder, what);
      return (lists["runs"] ?? lists["datasets"] ?? []).map(({ run, dataset }) => run ?? dataset);
    };
    expect(await names("runs")).toEqual(expect.arrayContaining(["a", "b"]));
    expect(await names("data")).toEqual(expect.arrayContaining(["c", "d", "ratings"]));
    for (const helper of ["tmp", "locks", "checkpoints"]) {
      expect(existsSync(join(folder, ".penchant", helper)), helper).toBe(false);
    }
  });

  test("a lock that a killed process left is taken over", async () => {
    const child = start(folder, ["train", "neumf", "--data", "ratings", "--run", "dead", "--epochs", "5000"]);
    const done = finish(child);
    const lock = join(folder, ".penchant", "locks", "run-dead");
    while (!existsSync(lock) || !readdirSync(lock)[0]?.endsWith(".held")) await new Promise((r) => setTimeout(r, 5));
    child.kill("SIGKILL");
    await done;
    expect(existsSync(lock)).toBe(true);
    await answer(folder, "train", "gmf", "--data", "ratings", "--run", "dead", "--epochs", "1");
    expect(existsSync(lock)).toBe(false);
  });

  test("of many that want one lock at once, beside what a dead one left, each holds it alone", async () => {
    const root = join(folder, "locked");
    const dead = { ...self(), pid: spawnSync(process.execPath, ["-e", ""]).pid };
    mkdirSync(join(root, "locks", "run-a"), { recursive: true });
    writeFileSync(join(root, "locks", "run-a", `${ownerName(dead)}@1.held`), "");
    const run = () =>
      promisify(execFile)(process.execPath, ["--import", hooks, join(import.meta.dirname, "lock.child.ts"), root]);
    const taken = (await Promise.all(Array.from({ length: 4 }, run))).map(({ stdout }) => Number(stdout));
    // None gave up, none was there twice; that each got its turn is left to the system.
    expect(taken.every((count) => count >= 0)).toBe(true);
    expect(taken.reduce((sum, count) => sum + count)).toBeGreaterThan(50);
    expect(existsSync(root)).toBe(false);
  });
});
