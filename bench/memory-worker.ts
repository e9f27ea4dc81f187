/**
 * A process of its own, whose peak memory is the result; speaks the peers' protocol (`peer.ts`). What it trains is NeuMF-8.
 *   whole FILE: from the ratings' file to an evaluated run, as a user would, in one call.
 *   start SHAPE, then run SECONDS: training steps on interactions of that shape, generated.
 */
import { createInterface } from "node:readline";
import { TrainingContender } from "./ours.ts";
import {
  evaluate,
  fit,
  type HugeOptions,
  hugeInteractions,
  initialParameters,
  leaveLastOut,
  loadEngine,
  neuMf,
  readInteractions,
  trainingPlan,
} from "./penchant.ts";

const model = neuMf({ factors: 8 });
const LEARNING_RATE = 1e-3;
const [NEGATIVES, BATCH, SEED] = [4, 256, 1];

/** Highest resident memory of this process so far, in MB (10^6 bytes). */
const peakMB = (): number => process.resourceUsage().maxRSS / 1000;

let contender: TrainingContender | undefined;

const methods = {
  async whole({ file, threads }: { file: string; threads: number }) {
    const split = leaveLastOut(await readInteractions(file));
    const run = await fit(model, split.train, { epochs: 1, threads, seed: SEED, progress: "none" });
    await evaluate(run, split, { protocols: ["sampled-99"] });
    return { megabytes: peakMB() };
  },

  async start({ shape, threads }: { shape: HugeOptions; threads: number }) {
    const data = hugeInteractions(shape);
    const catalog = data.catalog();
    const plan = trainingPlan(model, catalog);
    const { offsets, items } = data.byUser;
    const spec = {
      plan,
      parameters: initialParameters(plan, catalog, SEED),
      feed: {
        kind: "pairs",
        negatives: NEGATIVES,
        distribution: { kind: "uniform" },
        shuffle: "rows",
        users: catalog.users,
        items: catalog.items,
        interactions: { offsets, items },
        known: { offsets, items },
      },
      optimizer: {
        kind: "adam",
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        lazy: true,
        l2: 0,
        clipNorm: 0,
        weightDecay: 0,
      },
      batchSize: BATCH,
      seed: SEED,
      threads,
    } as const;
    contender = await TrainingContender.of("", await loadEngine(), spec, LEARNING_RATE);
    await contender.run(0.3);
    return { interactions: data.size };
  },

  run: async ({ seconds }: { seconds: number }) => contender?.run(seconds),
  memory: async () => ({ megabytes: peakMB() }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, with: given } = JSON.parse(line) as { call: keyof typeof methods; with: never };
  try {
    process.stdout.write(`${JSON.stringify({ answer: await methods[call](given) })}\n`);
  } catch (problem) {
    process.stdout.write(`${JSON.stringify({ error: String(problem) })}\n`);
  }
}
