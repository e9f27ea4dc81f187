import { sameQuality } from "../agreement.ts";
import type { Benchmark, Context } from "../context.ts";
import { trained, trainingContender } from "../ours.ts";
import { type Peer, startPeer } from "../peer.ts";
import { bprMf, type TrainSpec } from "../penchant.ts";
import { runContest } from "../run-contest.ts";
import { trainingWork } from "../work.ts";
import { popularityOf } from "./popularity.ts";
import { heldOutAuc, readVectors, withBiases } from "./quality.ts";
import { feedOf, sgd, trainSpec } from "./specs.ts";

const FACTORS = 64;
const BATCH = 1024;
/** implicit's defaults, per triple. */
const RATE = 0.01;
const REGULARIZATION = 0.01;
/** Epochs after which both are compared. */
const EPOCHS = 20;

/** A step of ours sums up what implicit does one triple after the other: the mean gradient times the batch. */
const LEARNING_RATE = RATE * BATCH;

export const bprMfBenchmark: Benchmark = {
  name: "bpr-mf-64",
  title: "BPR matrix factorization, 64 factors, SGD",
  cases: [
    {
      id: "bpr-mf-64",
      async run(context) {
        const { data, folder, pythons, threads } = context;
        const feed = { ...feedOf(context, "triples", 1), distribution: popularityOf(data) };
        const optimizer = sgd(REGULARIZATION / BATCH);
        const spec = trainSpec(context, bprMf({ factors: FACTORS }), { feed, optimizer, batchSize: BATCH, threads });
        folder.writeRows(feed.interactions);
        const ours = await trainingContender(context, spec, LEARNING_RATE);
        using _trainer = ours.trainer;
        const options = {
          folder: folder.path,
          users: data.users,
          items: data.items,
          factors: FACTORS,
          threads,
          learning_rate: RATE,
          regularization: REGULARIZATION,
        };
        return await runContest(
          {
            id: "bpr-mf-64",
            title: `BPR-MF, ${FACTORS} factors`,
            unit: "triples/s",
            target: 1.5,
            ours,
            peers: [() => startPeer(pythons.main, { name: "implicit, Hogwild", module: "implicit_bpr", options })],
            work: trainingWork(spec.plan, optimizer, BATCH),
            agree: async ([peer]) => (peer ? [await agree(context, spec, peer)] : []),
            notes: [
              `ours: batches of ${BATCH}, the same bytes for any number of threads; implicit's differ from run to run`,
            ],
          },
          context,
        );
      },
    },
  ],
};

/** Hogwild has no loss curve to repeat; what it has learned can be compared. */
async function agree({ data, engine, folder }: Context, spec: TrainSpec, peer: Peer) {
  const parameters = await trained(engine, spec, LEARNING_RATE, EPOCHS);
  const factors = {
    user: parameters["factors/user"] ?? new Float32Array(),
    item: parameters["factors/item"] ?? new Float32Array(),
    width: FACTORS,
  };
  const own = withBiases(factors, { item: parameters["bias/item"] ?? new Float32Array() });
  const { width } = await peer.call<{ width: number }>("factors", { iterations: EPOCHS });
  const [ours, theirs] = [heldOutAuc(data, own), heldOutAuc(data, readVectors(folder.path, width))];
  const what = `${peer.name}: held-out AUC after ${EPOCHS} epochs`;
  return sameQuality(what, ours, theirs, { allowed: 0.01, higherIsBetter: true });
}
