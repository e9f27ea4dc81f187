/** Models that learn from whole histories and from the whole catalogue, a row for each user. */
import { sameLosses, sameQuality } from "../agreement.ts";
import type { Benchmark, Context } from "../context.ts";
import { stepLosses, trainingContender } from "../ours.ts";
import { type Peer, startPeer } from "../peer.ts";
import { modelNamed, type TrainSpec } from "../penchant.ts";
import type { Agreement } from "../result.ts";
import { shareRows } from "../rows.ts";
import { runContest } from "../run-contest.ts";
import { adam, feedOf, SEED, trainSpec } from "./specs.ts";

const LEARNING_RATE = 1e-3;
/** Users that PyTorch finds ready in memory, some epochs of them. */
const ROWS = 1 << 15;

interface RowsCase {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly batch: number;
  readonly module: string;
  readonly peer: string;
  readonly target: number;
  readonly config: object;
  readonly notes: readonly string[];
  /** Are both the same? `spec` has the first values that the peer was given. */
  agree(context: Context, peer: Peer, specOf: (config: object) => TrainSpec): Promise<Agreement>;
}

const rowsBenchmark = (one: RowsCase): Benchmark => ({
  name: one.id,
  title: one.title,
  cases: [
    {
      id: one.id,
      async run(context) {
        const { data, folder, pythons, threads } = context;
        const feed = feedOf(context, "rows", 1);
        const history = { offsets: data.train.offsets, items: data.train.items };
        const specOf = (config: object): TrainSpec => {
          const model = modelNamed(one.model)({ ...one.config, ...config } as never);
          const training = { feed, optimizer: adam(false), batchSize: one.batch, threads };
          return { ...trainSpec(context, model, training), data: { history, sequence: history } };
        };
        const spec = specOf({});
        shareRows(folder, feed, SEED, ROWS);
        folder.writeRows(history);
        folder.writeAll(spec.parameters);
        const shared = { folder: folder.path, users: data.users, items: data.items, batch: one.batch, threads };
        const options = { ...shared, learning_rate: LEARNING_RATE, ...one.config };
        const ours = await trainingContender(context, spec, LEARNING_RATE);
        using _trainer = ours.trainer;
        return await runContest(
          {
            ...{ id: one.id, title: `${one.title}, batch ${one.batch}`, unit: "users/s", target: one.target, ours },
            peers: [() => startPeer(pythons.main, { name: one.peer, module: one.module, options })],
            agree: async ([peer]) => (peer ? [await one.agree(context, peer, specOf)] : []),
            notes: one.notes,
          },
          context,
        );
      },
    },
  ],
});

export const sasRecBenchmark = rowsBenchmark({
  id: "sasrec-64",
  title: "SASRec, 64 wide, 2 blocks, 200 events, softmax over the catalogue",
  model: "sasrec",
  batch: 64,
  module: "torch_sasrec",
  peer: "PyTorch, fused attention",
  target: 2.5,
  config: { width: 64, blocks: 2, length: 200, dropout: 0.2 },
  notes: [
    "an epoch of MovieLens-1M is 6,040 users; a batch of PyTorch's is padded to its longest history, and padding meets no softmax",
  ],
  async agree({ engine }, peer, specOf) {
    const own = await stepLosses(engine, specOf({ dropout: 0 }), LEARNING_RATE, 20);
    return sameLosses(peer.name, own, await peer.call<number[]>("losses", { steps: 20, dropout: 0 }));
  },
});

export const multVaeBenchmark = rowsBenchmark({
  id: "mult-vae",
  title: "Mult-VAE, 128-64-128",
  model: "mult-vae",
  batch: 256,
  module: "torch_mult_vae",
  peer: "PyTorch, dense rows",
  target: 3,
  config: { latent: 64, hidden: [128], dropout: 0.5, beta: 0.2 },
  notes: ["PyTorch's rows are filled in the step that reads them, from the same lists of items"],
  /** Each draws its own noise: means of the later half of an epoch are compared. */
  async agree({ engine }, peer, specOf) {
    const steps = 24;
    const later = (losses: readonly number[]) => losses.slice(steps / 2).reduce((a, b) => a + b, 0) / (steps / 2);
    const own = later(await stepLosses(engine, specOf({}), LEARNING_RATE, steps));
    const theirs = later(await peer.call<number[]>("losses", { steps }));
    const what = `${peer.name}: mean loss of steps ${steps / 2} to ${steps}`;
    return sameQuality(what, own, theirs, { allowed: Math.round(theirs / 200), higherIsBetter: false });
  },
});
