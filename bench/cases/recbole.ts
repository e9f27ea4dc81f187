import { sameQuality } from "../agreement.ts";
import type { Benchmark, Context } from "../context.ts";
import { type Peer, startPeer } from "../peer.ts";
import { modelNamed, type TrainSpec } from "../penchant.ts";
import { repeated } from "../repeated.ts";
import { runContest } from "../run-contest.ts";
import { trainingWork } from "../work.ts";
import { neuMfSpec } from "./neumf.ts";
import { adam, feedOf, trainSpec } from "./specs.ts";

const BATCH = 2048;
const LEARNING_RATE = 1e-3;

interface RecBoleCase {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly target: number;
  /** RecBole's name of the model, and its settings. */
  readonly model: string;
  readonly settings: object;
  readonly negatives: number;
  /** Rows that a training interaction makes. */
  readonly samples: number;
  /** How much worse the mean loss of an epoch may be. */
  readonly allowed: number;
  spec(context: Context): TrainSpec;
}

const recboleBenchmark = (one: RecBoleCase): Benchmark => ({
  name: one.id,
  title: `${one.title}, from the data to the trained parameters`,
  cases: [
    {
      id: one.id,
      async run(context) {
        const { data, engine, folder, pythons, threads } = context;
        const spec = one.spec(context);
        folder.writeRows(data.train);
        folder.write("test.items", data.test.items);
        const { model, settings, negatives, samples } = one;
        const shared = { folder: folder.path, batch: BATCH, threads, learning_rate: LEARNING_RATE };
        const options = { ...shared, model, settings, negatives, samples };
        return await runContest(
          {
            ...{ id: one.id, title: `${one.title}, batch ${BATCH}`, unit: one.unit, target: one.target },
            // whole first epochs, each from the specification to the parameters
            ours: repeated(
              `Penchant (${engine.name}, ${threads} threads)`,
              async () => (await epoch(engine, spec, 1)).rows,
            ),
            peers: [() => startPeer(pythons.recbole, { name: "RecBole", module: "recbole_epoch", options })],
            work: trainingWork(spec.plan, spec.optimizer, BATCH),
            agree: async ([peer]) => (peer ? [await agree(context, spec, peer, one.allowed)] : []),
            notes: ["ours: each epoch with a new trainer, its set-up included; RecBole's set-up is left out"],
          },
          context,
        );
      },
    },
  ],
});

export const recboleNeuMfBenchmark = recboleBenchmark({
  ...{ id: "recbole-neumf-8", title: "NeuMF-8, one epoch", unit: "samples/s", target: 14 },
  model: "NeuMF",
  settings: { mf_embedding_size: 8, mlp_embedding_size: 32, mlp_hidden_size: [32, 16, 8], dropout_prob: 0 },
  ...{ negatives: 4, samples: 5, allowed: 0.01 },
  spec: (context) => neuMfSpec(context, 8, BATCH, context.threads),
});

export const recboleLightGcnBenchmark = recboleBenchmark({
  ...{ id: "recbole-lightgcn-64", title: "LightGCN-64, 3 layers, one epoch", unit: "triples/s", target: 8 },
  model: "LightGCN",
  settings: { embedding_size: 64, n_layers: 3, reg_weight: 1e-5 },
  ...{ negatives: 1, samples: 1, allowed: 0.02 },
  spec(context) {
    const { data, threads } = context;
    const model = modelNamed("lightgcn")({ dim: 64, layers: 3, decay: 1e-5, temperature: 0 } as never);
    const feed = feedOf(context, "triples", 1);
    const training = { feed, optimizer: adam(false), batchSize: BATCH, threads };
    const matrices = model.matrices?.({ ...feed.interactions, columns: data.items });
    return { ...trainSpec(context, model, training), data: matrices };
  },
});

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
async function agree({ engine }: Context, spec: TrainSpec, peer: Peer, allowed: number) {
  const { epochs, loss } = await peer.call<{ epochs: number; loss: number }>("loss_after");
  const own = await epoch(engine, spec, epochs);
  const what = `${peer.name}: mean loss of epoch ${epochs}`;
  return sameQuality(what, own.loss, loss, { allowed, higherIsBetter: false });
}
