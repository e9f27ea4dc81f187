import type { ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, clubFolder, type Failure, failure, fingerprint, finish, oneDocument, start } from "./cli.ts";

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "gmf", "--run", "first", "--epochs", "1");
  writeFileSync(join(folder, "big.csv"), clubCsv());
  const block = Array.from(
    { length: 50_000 },
    (_, i) => `user-${i % 3000},film-${i % 997},${1 + (i % 5)},${1.5e9 + i}`,
  );
  for (let i = 0; i < 24; i++) appendFileSync(join(folder, "big.csv"), `${block.join("\n")}\n`);
});

/** Resolves when the child has written such a line on stderr. */
function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = "";
    child.stderr?.on("data", (chunk) => {
      all += chunk;
      if (all.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`never said ${text}: ${all}`)));
  });
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("an interruption ends with 130, one coded error, and the workspace as it was", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s while training, within a second", async (signal) => {
    const before = fingerprint(folder);
    const child = start(folder, ["train", "neumf", "--run", "long", "--epochs", "5000", "--json"]);
    const done = finish(child);
    await said(child, '"type":"progress"');
    child.kill(signal);
    const { code, stdout } = await done;
    expect(code).toBe(130);
    expect((oneDocument(stdout) as Failure).error.code).toBe("TRAIN_CANCELLED");
    expect(fingerprint(folder)).toEqual(before);
  });

  test("SIGINT while importing", async () => {
    const before = fingerprint(folder);
    const child = start(folder, ["import", "big.csv", "--json"]);
    const done = finish(child);
    while (!existsSync(join(folder, ".penchant", "locks", "dataset-big"))) await sleep(5);
    child.kill("SIGINT");
    const { code, stdout } = await done;
    expect(code, stdout).toBe(130);
    expect(Object.keys((oneDocument(stdout) as Failure).error)).toEqual(["code", "message", "fix"]);
    expect(fingerprint(folder)).toEqual(before);
  });

  test.each([60, 120, 180, 240, 320, 420])(
    "SIGINT %d ms after the start of an evaluation leaves the old state or the new one",
    async (delay) => {
      const before = fingerprint(folder);
      const child = start(folder, ["evaluate", "first", "--json"]);
      const done = finish(child);
      await sleep(delay);
      child.kill("SIGINT");
      const { code, stdout } = await done;
      if (code === 0) return expect(oneDocument(stdout)).toHaveProperty("protocols");
      // before the command line has loaded there is nobody to catch the signal
      if (code !== null) expect(code).toBe(130);
      expect(fingerprint(folder)).toEqual(before);
    },
  );
});

describe("a training that was killed", () => {
  const weights = (run: string): string | undefined => fingerprint(folder)[`.penchant/runs/${run}/weights.safetensors`];
  const args = (run: string) => ["train", "neumf", "--data", "ratings", "--run", run, "--epochs", "30", "--json"];

  test("goes on with --resume and gives the same bytes as one that was not", async () => {
    await answer(folder, ...args("whole").slice(0, -1));
    const child = start(folder, args("killed"));
    const done = finish(child);
    await said(child, '"epoch":8,');
    child.kill("SIGKILL");
    expect((await done).code).toBeNull();
    const resumed = await finish(start(folder, [...args("killed"), "--resume"]));
    expect(resumed.code, resumed.stderr).toBe(0);
    const events = resumed.stderr.split("\n").filter((line) => line.startsWith("{"));
    const begun = JSON.parse(events[0] ?? "{}") as { resumedEpochs: number };
    expect(begun.resumedEpochs).toBeGreaterThanOrEqual(6);
    expect((oneDocument(resumed.stdout) as { epochs: object[] }).epochs).toHaveLength(30);
    expect(weights("killed")).toBe(weights("whole"));
    expect(existsSync(join(folder, ".penchant", "checkpoints"))).toBe(false);
  });

  test("--resume with other options is refused, and the checkpoint stays for the right ones", async () => {
    const child = start(folder, args("other"));
    const done = finish(child);
    await said(child, '"epoch":4,');
    child.kill("SIGKILL");
    await done;
    const wrong = await finish(start(folder, [...args("other"), "--resume", "--set", "factors=4"]));
    expect((oneDocument(wrong.stdout) as Failure).error.code).toBe("TRAIN_CHECKPOINT_MISMATCH");
    const right = await finish(start(folder, [...args("other"), "--resume"]));
    expect(right.code, right.stderr).toBe(0);
    expect(right.stderr).not.toContain('"resumedEpochs":0');
  });
});

describe("the checkpoint of a training that was killed outlives", () => {
  const args = (run: string) => ["train", "neumf", "--data", "ratings", "--run", run, "--epochs", "400", "--json"];
  const killed = async (run: string): Promise<void> => {
    const child = start(folder, args(run));
    const done = finish(child);
    await said(child, '"epoch":4,');
    child.kill("SIGKILL");
    await done;
    await answer(folder, "train", "popularity", "--run", `${run}-tidy`); // takes what a killed process left aside
    rmSync(join(folder, ".penchant", "locks"), { recursive: true, force: true });
  };

  test("the same command without --resume, interrupted after its own checkpoints", async () => {
    await killed("again");
    const before = fingerprint(folder);
    const child = start(folder, args("again"));
    const done = finish(child);
    await said(child, '"type":"checkpoint"');
    child.kill("SIGINT");
    const { code, stdout } = await done;
    expect(code).toBe(130);
    expect((oneDocument(stdout) as Failure).error).toMatchObject({
      code: "TRAIN_CANCELLED",
      fix: "Start it again; nothing was changed.",
    });
    expect(fingerprint(folder)).toEqual(before);
  });

  test("the same command refused", async () => {
    await killed("refused");
    const error = await failure(folder, [...args("refused").slice(0, -1), "--set", "negatives=99999"]);
    expect(error.code).toBe("CONFIG_VALUE");
  });

  test("a second kill: --resume goes on with the newer one", async () => {
    await killed("twice");
    const child = start(folder, args("twice"));
    const done = finish(child);
    await said(child, '"epoch":2,');
    child.kill("SIGKILL");
    await done;
    const resuming = start(folder, [...args("twice"), "--resume"]);
    const resumed = finish(resuming);
    await said(resuming, '"type":"progress"');
    resuming.kill("SIGINT");
    const { stdout, stderr } = await resumed;
    expect(Number(/"resumedEpochs":(\d+)/.exec(stderr)?.[1])).toBeLessThan(4);
    expect((oneDocument(stdout) as Failure).error.fix).toContain("--run twice --resume");
    expect(existsSync(join(folder, ".penchant", "checkpoints", "twice"))).toBe(true);
  });

  test("a training that has no name: the next takes another, and --resume finds it", async () => {
    const nameless = ["train", "mlp", "--data", "ratings", "--epochs", "60"];
    const child = start(folder, [...nameless, "--json"]);
    const done = finish(child);
    await said(child, '"epoch":3,');
    child.kill("SIGKILL");
    await done;
    const runOf = async (...args: string[]) => (await answer<{ run: string }>(folder, ...args)).run;
    expect(await runOf("train", "mlp", "--data", "ratings", "--epochs", "1")).toBe("mlp-2");
    expect(await runOf(...nameless, "--resume")).toBe("mlp-1");
  });

  test("a failure to save what was trained", async () => {
    const runs = join(folder, "full", "runs");
    const workspace = ["--workspace", "full"];
    await answer(folder, "import", "ratings.csv", ...workspace);
    writeFileSync(runs, "in the way");
    const training = ["train", "gmf", "--run", "late", "--epochs", "2", ...workspace];
    const failed = await finish(start(folder, training));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("--run late --resume");
    rmSync(runs);
    const { epochs } = await answer<{ epochs: object[] }>(folder, ...training, "--resume");
    expect(epochs).toHaveLength(2);
    expect(existsSync(join(folder, "full", "checkpoints"))).toBe(false);
  });

  test("and where there is none, --resume says so instead of training again", async () => {
    const error = await failure(folder, ["train", "gmf", "--data", "ratings", "--run", "first", "--resume"]);
    expect(error.code).toBe("TRAIN_CHECKPOINT_MISSING");
    expect(error.message).toContain('"first"');
  });
});

describe("a reader that stops listening", () => {
  test("is no failure", async () => {
    const child = start(folder, ["data", "ratings"]);
    child.stdout?.destroy();
    expect((await finish(child)).stderr).toBe("");
  });
});
