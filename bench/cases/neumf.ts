import { sameLosses } from "../agreement.ts";
import type { Benchmark, Case, Context } from "../context.ts";
import { stepLosses, trainingContender } from "../ours.ts";
import { type Peer, startPeer } from "../peer.ts";
import { neuMf, type TrainSpec } from "../penchant.ts";
import type { Agreement } from "../result.ts";
import { shareRows } from "../rows.ts";
import { runContest } from "../run-contest.ts";
import { trainingWork } from "../work.ts";
import { adam, feedOf, SEED, trainSpec } from "./specs.ts";

const LEARNING_RATE = 1e-3;
const NEGATIVES = 4;
/** Rows that PyTorch finds ready in memory; it starts again at the first when they are through. */
const ROWS = 1 << 20;

interface NeuMfCase {
  readonly factors: number;
  readonly batch: number;
  readonly target: number;
}

/** PyTorch's ways to do it. Which one is fastest depends on width and batch; the fastest counts. */
const variants = [
  { adam: "dense", name: "PyTorch, dense Adam" },
  { adam: "fused", name: "PyTorch, dense Adam, fused" },
  { adam: "sparse", name: "PyTorch, SparseAdam" },
] as const;

export const neuMfBenchmark = (factors: number, targets: Readonly<Record<number, number>>): Benchmark => ({
  name: `neumf-${factors}`,
  title: `NeuMF-${factors} (tower ${[8, 4, 2, 1].map((n) => n * factors).join("-")}), ${NEGATIVES} negatives, one training step after the other`,
  cases: Object.entries(targets).map(([batch, target]) => neuMfCase({ factors, batch: Number(batch), target })),
});

/** Our training of it: rows drawn from the data set as they are needed. */
export function neuMfSpec(
  context: Context,
  factors: number,
  batchSize: number,
  threads: number,
  lazy = true,
): TrainSpec {
  const feed = feedOf(context, "pairs", NEGATIVES);
  return trainSpec(context, neuMf({ factors }), { feed, optimizer: adam(lazy), batchSize, threads });
}

function neuMfCase({ factors, batch, target }: NeuMfCase): Case {
  const id = `neumf-${factors}/${batch}`;
  return {
    id,
    async run(context) {
      const { data, folder, pythons, threads } = context;
      const spec = neuMfSpec(context, factors, batch, threads);
      shareRows(folder, spec.feed, SEED, ROWS);
      folder.writeAll(spec.parameters);
      const options = { folder: folder.path, users: data.users, items: data.items, factors, batch, threads };
      const peers = variants.map(
        ({ name, adam }) =>
          () =>
            startPeer(pythons.main, {
              name,
              module: "torch_neumf",
              options: { ...options, adam, learning_rate: LEARNING_RATE },
            }),
      );
      const ours = await trainingContender(context, spec, LEARNING_RATE);
      using _trainer = ours.trainer;
      return await runContest(
        {
          id,
          title: `NeuMF-${factors}, batch ${batch}`,
          unit: "samples/s",
          target,
          ours,
          peers,
          work: trainingWork(spec.plan, spec.optimizer, batch),
          agree: (present) => agree(context, spec, present),
        },
        context,
      );
    },
  };
}

/**
 * Dense Adam is compared with ours when it is not lazy, SparseAdam with ours when it is. The latter with a tiny epsilon on
 * both sides: SparseAdam adds it before the bias correction and Adam after, which shows while gradients are small.
 */
async function agree({ engine }: Context, spec: TrainSpec, peers: readonly Peer[]): Promise<Agreement[]> {
  const most = engine.name === "reference" ? 10 : 300;
  const steps = Math.min(most, Math.ceil(300_000 / spec.batchSize));
  const found: Agreement[] = [];
  for (const { name, call } of peers) {
    const lazy = name.includes("Sparse");
    const epsilon = lazy ? 1e-12 : 1e-8;
    const own = await stepLosses(engine, { ...spec, optimizer: adam(lazy, epsilon) }, LEARNING_RATE, steps);
    found.push(sameLosses(name, own, await call<number[]>("losses", { steps, epsilon })));
  }
  return found;
}
