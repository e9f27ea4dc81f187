import { sameBytes } from "../agreement.ts";
import type { Benchmark, Case } from "../context.ts";
import { TrainingContender } from "../ours.ts";
import type { Peer } from "../peer.ts";
import { runContest } from "../run-contest.ts";
import { trainingWork } from "../work.ts";
import { neuMfSpec } from "./neumf.ts";

const LEARNING_RATE = 1e-3;
const STEPS = 200;

const threadsCase = (batch: number, target: number): Case => ({
  id: `threads/${batch}`,
  async run(context) {
    const { engine, threads } = context;
    const [many, one] = [neuMfSpec(context, 8, batch, threads), neuMfSpec(context, 8, batch, 1)];
    const contender = (spec: typeof one) =>
      TrainingContender.of(
        `Penchant, ${spec.threads} ${spec.threads === 1 ? "thread" : "threads"}`,
        engine,
        spec,
        LEARNING_RATE,
      );
    const [ours, alone] = [await contender(many), await contender(one)];
    using _many = ours.trainer;
    using _one = alone.trainer;
    const self: Peer = {
      name: alone.name,
      versions: {},
      notes: undefined,
      run: (seconds) => alone.run(seconds),
      call: () => Promise.reject(new Error("it is no process")),
      close: () => {},
    };
    return await runContest(
      {
        id: `threads/${batch}`,
        title: `NeuMF-8, batch ${batch}, ${threads} threads against 1`,
        unit: "samples/s",
        target,
        ours,
        peers: [async () => self],
        work: trainingWork(many.plan, many.optimizer, batch),
        async agree() {
          const after = async (spec: typeof one) => {
            using trainer = await engine.trainer(spec);
            await trainer.run({ epoch: 0, from: 0, to: STEPS, learningRate: LEARNING_RATE });
            return await trainer.parameters();
          };
          return [sameBytes(`${threads} threads and 1 after ${STEPS} steps`, await after(many), await after(one))];
        },
      },
      context,
    );
  },
});

export const threadsBenchmark: Benchmark = {
  name: "threads",
  title: "What a second thread adds, and that it changes nothing else",
  cases: [threadsCase(256, 1.6), threadsCase(1024, 1.85), threadsCase(4096, 1.85)],
};
