import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { nativeEngine } from "../support/native-engine.ts";

const execute = promisify(execFile);
const hooks = join(import.meta.dirname, "..", "support", "typescript.mjs");
const child = join(import.meta.dirname, "child.ts");

/** Growth in bytes, from after a fifth of the rounds to the end of them, in a process of its own. */
async function growth(...args: string[]): Promise<number> {
  const flags = ["--expose-gc", "--max-semi-space-size=1", "--import", hooks];
  // One arena: otherwise the allocator keeps what threads have freed apart, for each of the threads that ever ran.
  const env = { ...process.env, MALLOC_ARENA_MAX: "1" };
  const { stdout } = await execute(process.execPath, [...flags, child, ...args], { env });
  const [before = Number.NaN, after = Number.NaN] = stdout.trim().split("\n").map(Number);
  return after - before;
}

/** A trainer takes some 200 kB in these tests, a scorer 20 kB: 800 of them 160 MB and 16 MB. */
const BOUND = 4e6;

const native = await nativeEngine();
const reason = native.engine ? "" : ` (${native.reason})`;

describe.skipIf(!native.engine)(`memory of the process${reason}`, { timeout: 600_000 }, () => {
  test("1,000 trainings do not make it grow: fit frees its session", async () => {
    expect(await growth("fit", "1000")).toBeLessThan(BOUND);
  });

  test.each(["trainer", "scorer"])("nor do 1,000 %ss that are dropped and not disposed of", async (what) => {
    expect(await growth(what, "1000")).toBeLessThan(BOUND);
  });

  test("trainers that are held do make it grow: the measure sees a leak", async () => {
    expect(await growth("trainer", "300", "keep")).toBeGreaterThan(2 * BOUND);
  });
});
