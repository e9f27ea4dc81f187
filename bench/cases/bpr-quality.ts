/** BPR until it ranks as well: triples a second say nothing of what was learned from them. */

import { sameQuality } from "../agreement.ts";
import type { Benchmark, Context } from "../context.ts";
import { type Peer, startPeer } from "../peer.ts";
import { bprMf, type Engine, type TrainSpec } from "../penchant.ts";
import { repeated } from "../repeated.ts";
import type { Agreement } from "../result.ts";
import { runContest } from "../run-contest.ts";
import { heldOutAuc, heldOutNdcg, readVectors, type Vectors, withBiases } from "./quality.ts";
import { adam, feedOf, trainSpec } from "./specs.ts";

const FACTORS = 64;
/** Ours: batches, negatives of a positive, epochs in which the rate falls along a cosine. */
const [BATCH, NEGATIVES, EPOCHS, RATE, L2] = [4096, 4, 3, 0.006, 3e-6];
/** Iterations after which each ranks as well as ours: its defaults otherwise. implicit's own default stays below that. */
const ITERATIONS = { rusket: 100, implicit: 100 };

/** A whole training, from the first values to the vectors. */
async function train(engine: Engine, spec: TrainSpec): Promise<Vectors> {
  using trainer = await engine.trainer(spec);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const learningRate = RATE * (0.5 + 0.5 * Math.cos((Math.PI * epoch) / EPOCHS));
    await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate });
  }
  const learned = await trainer.parameters();
  const named = (name: string) => learned[name] ?? new Float32Array();
  const factors = { user: named("factors/user"), item: named("factors/item"), width: FACTORS };
  return withBiases(factors, { item: named("bias/item") });
}

async function agree({ data, engine, folder }: Context, spec: TrainSpec, peers: readonly Peer[]) {
  const own = await train(engine, spec);
  const found: Agreement[] = [];
  for (const peer of peers) {
    const { width } = await peer.call<{ width: number }>("factors");
    const theirs = readVectors(folder.path, width);
    const [what, better] = [`${peer.name}: held-out`, { higherIsBetter: true }];
    found.push(
      sameQuality(`${what} AUC`, heldOutAuc(data, own), heldOutAuc(data, theirs), { allowed: 0.001, ...better }),
      sameQuality(`${what} NDCG@10`, heldOutNdcg(data, own), heldOutNdcg(data, theirs), { allowed: 0.001, ...better }),
    );
  }
  return found;
}

export const bprQualityBenchmark: Benchmark = {
  name: "bpr-mf-quality",
  title: "BPR matrix factorization, 64 factors, until it ranks as well",
  cases: [
    {
      id: "bpr-mf-quality",
      async run(context) {
        const { data, engine, folder, pythons, threads } = context;
        const optimizer = { ...adam(true), l2: L2 };
        const training = { feed: feedOf(context, "triples", NEGATIVES), optimizer, batchSize: BATCH, threads };
        const spec = trainSpec(context, bprMf({ factors: FACTORS }), training);
        folder.writeRows({ offsets: data.train.offsets, items: data.train.items });
        const shared = { folder: folder.path, users: data.users, items: data.items, factors: FACTORS, threads };
        const peer = (name: keyof typeof ITERATIONS) => () =>
          startPeer(pythons.main, {
            name: `${name}, ${ITERATIONS[name]} iterations`,
            module: `${name}_bpr_whole`,
            options: { ...shared, iterations: ITERATIONS[name] },
          });
        return await runContest(
          {
            ...{ id: "bpr-mf-quality", title: "BPR-MF, 64 factors, a training to the same quality" },
            ...{ unit: "trainings/s", target: 2 },
            ours: repeated(`Penchant (${engine.name}, ${threads} threads)`, async () => {
              await train(engine, spec);
              return 1;
            }),
            peers: [peer("rusket"), peer("implicit")],
            agree: (peers) => agree(context, spec, peers),
            notes: [
              `ours: Adam, batches of ${BATCH}, ${NEGATIVES} negatives, ${EPOCHS} epochs, settings chosen by hand for this table`,
              "theirs: default settings, of rusket so many iterations as it takes",
            ],
          },
          context,
        );
      },
    },
  ],
};
