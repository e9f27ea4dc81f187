import { sameQuality } from "../agreement.ts";
import type { Benchmark, Context } from "../context.ts";
import { trained, trainingContender } from "../ours.ts";
import { type Peer, startPeer } from "../peer.ts";
import { biasedMf, type TrainSpec } from "../penchant.ts";
import { runContest } from "../run-contest.ts";
import { trainingWork } from "../work.ts";
import { heldOutRmse, readVectors, withBiases } from "./quality.ts";
import { feedOf, sgd, trainSpec } from "./specs.ts";

const FACTORS = 100;
const BATCH = 256;
/** Surprise's defaults, per rating. */
const RATE = 0.005;
const REGULARIZATION = 0.02;
/** Epochs after which both are compared: Surprise's default. */
const EPOCHS = 20;

/** Our loss is the mean of squares, so its gradient is 2 / BATCH of the error that Surprise multiplies by its rate. */
const LEARNING_RATE = (RATE * BATCH) / 2;

export const biasedMfBenchmark: Benchmark = {
  name: "biased-mf-100",
  title: "Biased matrix factorization of ratings, 100 factors, SGD",
  cases: [
    {
      id: "biased-mf-100",
      async run(context) {
        const { data, folder, pythons, threads } = context;
        const feed = feedOf(context, "ratings", 1);
        const optimizer = sgd((2 * REGULARIZATION) / BATCH);
        const spec = trainSpec(context, biasedMf({ factors: FACTORS }), { feed, optimizer, batchSize: BATCH, threads });
        folder.writeRows(data.train);
        const ours = await trainingContender(context, spec, LEARNING_RATE);
        using _trainer = ours.trainer;
        const options = {
          folder: folder.path,
          users: data.users,
          items: data.items,
          factors: FACTORS,
          learning_rate: RATE,
          regularization: REGULARIZATION,
        };
        return await runContest(
          {
            id: "biased-mf-100",
            title: `Biased MF, ${FACTORS} factors`,
            unit: "ratings/s",
            target: 4,
            ours,
            peers: [() => startPeer(pythons.main, { name: "Surprise SVD", module: "surprise_svd", options })],
            work: trainingWork(spec.plan, optimizer, BATCH),
            agree: async ([peer]) => (peer ? [await agree(context, spec, peer)] : []),
            notes: [`ours: float32, batches of ${BATCH}; Surprise: float64, one rating at a time, one thread`],
          },
          context,
        );
      },
    },
  ],
};

async function agree({ data, engine, folder }: Context, spec: TrainSpec, peer: Peer) {
  const parameters = await trained(engine, spec, LEARNING_RATE, EPOCHS);
  const values = (name: string) => parameters[name] ?? new Float32Array();
  const factors = { user: values("factors/user"), item: values("factors/item"), width: FACTORS };
  const own = withBiases(factors, { user: values("bias/user"), item: values("bias/item") });
  const { width } = await peer.call<{ width: number }>("factors", { epochs: EPOCHS });
  const mean = values("mean")[0] ?? 0;
  const [ours, theirs] = [heldOutRmse(data, own, mean), heldOutRmse(data, readVectors(folder.path, width), mean)];
  const what = `${peer.name}: held-out RMSE after ${EPOCHS} epochs`;
  return sameQuality(what, ours, theirs, { allowed: 0.005, higherIsBetter: false });
}
