/**
 * kill -9 while models are deployed and rolled back, fields of items noted and an index is made: what was acknowledged is there, and everything that is there can be
 * used. `PENCHANT_KILLS=1000` does as many trials; a few are enough to notice a change for the worse.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder } from "./cli.ts";

const TRIALS = Number(process.env["PENCHANT_KILLS"] ?? 8);
const child = join(import.meta.dirname, "kills.child.mjs");

let folder = "";

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--run", "a");
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--seed", "2", "--run", "b");
});

/** Runs the child until so many milliseconds after it was ready, then kills it; what it said. It has to be ready: what it finds is checked. */
function killed(seed: number, delay: number): Promise<string[][]> {
  const running = spawn(process.execPath, [child, join(folder, ".penchant"), String(seed)], { stdio: "pipe" });
  let [output, errors, isReady] = ["", "", false];
  running.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    if (isReady || !output.includes("ready\n")) return;
    isReady = true;
    setTimeout(() => running.kill("SIGKILL"), delay);
  });
  running.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  return new Promise((resolve, reject) => {
    const lines = () => output.split("\n").slice(0, -1); // the last line may be cut in the middle
    running.on("close", (_, signal) =>
      signal && isReady ? resolve(lines().map((line) => line.split(" "))) : reject(new Error(errors || output)),
    );
  });
}

/** What has to be found the next time, or may be, since it was under way. */
interface Expected {
  active: number | undefined;
  /** Deployments that were ever in use, or said to be. */
  known: readonly number[];
  value: number | undefined;
  index: boolean;
  underWay: string | undefined;
  valueUnderWay: number | undefined;
}

function follow(lines: readonly string[][], before: Expected): Expected {
  const now = { ...before, underWay: undefined as string | undefined, valueUnderWay: undefined as number | undefined };
  for (const [what, name, result] of lines) {
    if (what === "begin" && name === "values") now.valueUnderWay = Number(result);
    else if (what === "begin") now.underWay = name;
    if (what !== "done") continue;
    now.underWay = undefined;
    now.valueUnderWay = undefined;
    if (name === "deploy" || name === "rollback") {
      now.active = Number(result);
      now.known = [...now.known, Number(result)];
    }
    if (name === "items") now.value = Number(result);
    if (name === "index") now.index = true;
  }
  return now;
}

/** Which deployments may be in use after what was under way: the one before, or what it was to become. */
function mayBeActive({ active, known, underWay }: Expected): readonly (number | undefined)[] {
  if (underWay === "deploy") return [active, Math.max(0, ...known) + 1];
  return underWay === "rollback" ? [active, ...known] : [active];
}

/** What was found, made the new state. */
function checkFound(lines: readonly string[][], expected: Expected): Expected {
  const found = lines.filter(([what]) => what === "found");
  const active = found.filter(([, kind]) => kind === "active").map(([, , number]) => Number(number))[0];
  expect(mayBeActive(expected)).toContain(active);
  const values = found.filter(([, kind]) => kind === "item").map(([, , , value]) => Number(value));
  expect(new Set(values).size).toBeLessThan(2); // all five or none
  const [value] = values;
  expect([expected.value, expected.valueUnderWay]).toContain(value);
  const index = found.some(([, kind]) => kind === "index");
  if (expected.index) expect(index).toBe(true);
  const known = active === undefined ? expected.known : [...expected.known, active];
  return { active, known, value, index, underWay: undefined, valueUnderWay: undefined };
}

test(
  `killed ${TRIALS} times, a workspace has lost nothing acknowledged, and all that is there can be used`,
  async () => {
    let expected: Expected = {
      active: undefined,
      known: [],
      value: undefined,
      index: false,
      underWay: undefined,
      valueUnderWay: undefined,
    };
    const cut = new Map<string, number>();
    let acknowledged = 0;
    for (let trial = 1; trial <= TRIALS; trial++) {
      const lines = await killed(trial, (trial * 97) % 700);
      expected = follow(lines, checkFound(lines, expected));
      acknowledged += lines.filter(([what]) => what === "done").length;
      const name = expected.underWay ?? "nothing";
      cut.set(name, (cut.get(name) ?? 0) + 1);
    }
    await answer(folder, "deploy", "a", "--as", "shop");
    const models = readdirSync(join(folder, ".penchant", "models"));
    expect(models.length).toBeLessThan(6); // copies that were cut short are swept away
    expect(acknowledged).toBeGreaterThan(TRIALS);
    console.log(`${TRIALS} kills, ${acknowledged} acknowledged; cut short: ${JSON.stringify(Object.fromEntries(cut))}`);
  },
  60_000 + TRIALS * 30_000,
);
