import { sameQuality } from "../agreement.ts";
import type { Contender } from "../contest.ts";
import type { Benchmark, Context } from "../context.ts";
import { type Peer, startPeer } from "../peer.ts";
import type { TrainSpec } from "../penchant.ts";
import { runContest } from "../run-contest.ts";
import { trainingWork } from "../work.ts";
import { neuMfSpec } from "./neumf.ts";

const FACTORS = 8;
const NEGATIVES = 4;
const BATCH = 2048;
const LEARNING_RATE = 1e-3;

export const recboleBenchmark: Benchmark = {
  name: "recbole-neumf-8",
  title: "One epoch of NeuMF-8, from the data to the trained parameters",
  cases: [
    {
      id: "recbole-neumf-8",
      async run(context) {
        const { data, engine, folder, pythons, threads } = context;
        const spec = neuMfSpec(context, FACTORS, BATCH, threads);
        folder.writeRows(data.train);
        folder.write("test.items", data.test.items);
        const options = {
          folder: folder.path,
          factors: FACTORS,
          batch: BATCH,
          threads,
          negatives: NEGATIVES,
          learning_rate: LEARNING_RATE,
        };
        return await runContest(
          {
            id: "recbole-neumf-8",
            title: `NeuMF-${FACTORS}, one epoch, batch ${BATCH}`,
            unit: "samples/s",
            target: 14,
            ours: epochs(`Penchant (${engine.name}, ${threads} threads)`, context, spec),
            peers: [() => startPeer(pythons.recbole, { name: "RecBole", module: "recbole_neumf", options })],
            work: trainingWork(spec.plan, spec.optimizer, BATCH),
            agree: async ([peer]) => (peer ? [await agree(context, spec, peer)] : []),
            notes: ["ours: each epoch with a new trainer, its set-up included; RecBole's set-up is left out"],
          },
          context,
        );
      },
    },
  ],
};

/** Whole first epochs, each from the specification to the parameters. */
function epochs(name: string, { engine }: Context, spec: TrainSpec): Contender {
  return {
    name,
    async run(seconds) {
      const start = performance.now();
      let [units, elapsed] = [0, 0];
      while (elapsed < seconds) {
        units += (await epoch(engine, spec, 1)).rows;
        elapsed = (performance.now() - start) / 1000;
      }
      return { units, seconds: elapsed };
    },
  };
}

async function epoch(engine: Context["engine"], spec: TrainSpec, count: number) {
  using trainer = await engine.trainer(spec);
  let report = { loss: 0, rows: 0 };
  for (let epoch = 0; epoch < count; epoch++) {
    report = await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate: LEARNING_RATE });
  }
  await trainer.parameters();
  return report;
}

/** RecBole draws its own first values and negatives: the epoch's mean loss can agree, not each step's. */
async function agree({ engine }: Context, spec: TrainSpec, peer: Peer) {
  const { epochs, loss } = await peer.call<{ epochs: number; loss: number }>("loss_after");
  const own = await epoch(engine, spec, epochs);
  const what = `${peer.name}: mean loss of epoch ${epochs}`;
  return sameQuality(what, own.loss, loss, { allowed: 0.01, higherIsBetter: false });
}
