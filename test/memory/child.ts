/** `child.ts WHAT ROUNDS [keep]`: does something again and again; prints its memory (bytes) after a fifth of it and at the end. */
import { existsSync, readFileSync } from "node:fs";
import { memoryUsage } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { loadEngine } from "../../src/engine/index.ts";
import { modelNamed } from "../../src/models/index.ts";
import { fit as fitModel } from "../../src/train/fit.ts";
import * as cases from "../support/engine-cases.ts";
import { club, normalizedModel } from "../support/tiny-training.ts";

const [what = "", rounds = "", keep] = process.argv.slice(2);
const engine = await loadEngine("native");
const neuMf = modelNamed("neumf")();
const { train, validation } = club();
const optimizer = cases.optimizers["lazy adam"] ?? cases.sgd;
const kept: unknown[] = [];

const work: Readonly<Record<string, (seed: number) => Promise<unknown>>> = {
  /** A whole training with validation: `fit` frees its own session. */
  async fit(seed) {
    const settings = { epochs: 1, batchSize: 64, seed, threads: 2 };
    return fitModel(normalizedModel(), train, { ...settings, validation, engine, progress: "none" });
  },
  /** Left to the garbage collector. */
  async trainer(seed) {
    const trainer = await engine.trainer({ ...cases.trainSpec(neuMf, { optimizer, threads: 2 }), seed });
    await trainer.run({ epoch: 0, from: 0, to: 1, learningRate: 0.01 });
    return trainer;
  },
  /** Left to the garbage collector. */
  async scorer() {
    const scorer = await engine.scorer(cases.scoreSpec(neuMf, 2));
    await scorer.topK({ users: Int32Array.of(0, 1, 2), k: 5 });
    return scorer;
  },
};

/** Resident memory; where the system tells, without the pages of files, which come and go, and with what was swapped out. */
function resident(): number {
  const status = "/proc/self/status";
  const text = existsSync(status) ? readFileSync(status, "utf8") : "";
  const kilobytes = [...text.matchAll(/^(?:RssAnon|VmSwap):\s+(\d+) kB$/gm)].map((match) => Number(match[1]));
  return kilobytes.length === 0 ? memoryUsage.rss() : 1024 * kilobytes.reduce((a, b) => a + b, 0);
}

/** After finalizers had their turn. */
async function settled(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await pause(5);
    least = Math.min(least, resident());
  }
  return least;
}

const count = Number(rounds);
for (let round = 1; round <= count; round++) {
  const made = await work[what]?.(round);
  if (keep === "keep") kept.push(made);
  if (round % 20 === 0) globalThis.gc?.();
  if (round === count / 5 || round === count) process.stdout.write(`${await settled()}\n`);
}
