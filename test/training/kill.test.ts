import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nativeEngine } from "../support/native-engine.ts";

const hooks = join(import.meta.dirname, "..", "support", "typescript.mjs");
const child = join(import.meta.dirname, "child.ts");

interface Death {
  /** Checkpoints to wait for, and milliseconds from there. */
  readonly after: number;
  readonly delay: number;
}

/** Runs the child to its end, or kills it with SIGKILL a little after it has saved so many times. Its last word. */
function train(engine: string, directory?: string, death?: Death): Promise<string | undefined> {
  const paths = directory ? [directory] : [];
  const running = spawn(process.execPath, ["--import", hooks, child, engine, ...paths], { stdio: "pipe" });
  let [output, errors, doomed] = ["", "", false];
  running.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    if (!death || doomed || output.split("saved\n").length - 1 < death.after) return;
    doomed = true;
    setTimeout(() => running.kill("SIGKILL"), death.delay);
  });
  running.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  return new Promise((resolve, reject) => {
    running.on("error", reject);
    running.on("close", (code, signal) => {
      if (code === 0) resolve(/^done .*$/m.exec(output)?.[0]);
      else if (signal === "SIGKILL") resolve(undefined);
      else reject(new Error(`the child ended with ${code ?? signal}: ${errors}`));
    });
  });
}

function describeKilling(engine: string): void {
  test(`${engine} engine: a training killed with SIGKILL again and again ends in the bytes of an undisturbed one`, async () => {
    const directory = await mkdtemp(join(tmpdir(), "penchant-kill-"));
    try {
      const undisturbed = await train(engine, undefined);
      expect(undisturbed).toMatch(/^done [0-9a-f]{64} /);
      let [kills, last] = [0, undefined as string | undefined];
      while (last === undefined && kills < 2) {
        last = await train(engine, directory, { after: 2 + kills, delay: kills % 4 });
        if (last === undefined) kills++;
      }
      expect(kills).toBe(2);
      expect(last ?? (await train(engine, directory))).toBe(undisturbed);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

describe("kill -9", async () => {
  describeKilling("reference");
  const native = await nativeEngine();
  if (native.engine) describeKilling("native");
  else test.skip(native.reason, () => {});
});
