/** Models that are solved for: the same equations, by others' linear algebra. */
import { sameQuality } from "../agreement.ts";
import type { Benchmark, Context } from "../context.ts";
import { catalogOf } from "../data/dataset.ts";
import { type Peer, startPeer } from "../peer.ts";
import { initialParameters, modelNamed, type Solver, scorePlan, transpose } from "../penchant.ts";
import { repeated } from "../repeated.ts";
import { runContest } from "../run-contest.ts";
import { heldOutAuc, readVectors } from "./quality.ts";
import { SEED } from "./specs.ts";

/** What the figures of the table are about: an unknown pair weighs 1, an event 2, a row's regularization is constant. */
const [CONFIDENCE, L2, STEPS] = [2, 0.01, 3];
/** Iterations after which both are compared. */
const ITERATIONS = 10;

interface Factors {
  readonly user: Float32Array;
  readonly item: Float32Array;
}

/** One iteration: users, then items, by conjugate gradients from where they are. */
function iterating({ data, threads }: Context, width: number) {
  const { users, items, train } = data;
  const values = new Float32Array(train.items.length).fill(CONFIDENCE - 1);
  const byUser = { offsets: train.offsets, items: train.items, values, columns: items };
  const byItem = transpose(byUser);
  const l2 = (rows: number) => new Float32Array(rows).fill(L2);
  const shared = { width, unobserved: 1, offset: 1, steps: STEPS };
  return async (solver: Solver, { user, item }: Factors): Promise<Factors> => {
    const control = { threads };
    const problem = { ...shared, matrix: byUser, fixed: item, factors: user, l2: l2(users) };
    const solved = await solver.leastSquares(problem, control);
    const other = { ...shared, matrix: byItem, fixed: solved, factors: item, l2: l2(items) };
    return { user: solved, item: await solver.leastSquares(other, control) };
  };
}

/** Vectors as the model begins with. */
function firstFactors({ data }: Context, width: number): Factors {
  const catalog = catalogOf(data);
  const plan = scorePlan(modelNamed("ials")({ factors: width } as never), catalog);
  const { "factors/user": user, "factors/item": item } = initialParameters(plan, catalog, SEED);
  return { user: user as Float32Array, item: item as Float32Array };
}

const contenderName = ({ engine, threads }: Context) => `Penchant (${engine.name}, ${threads} threads)`;

export const ialsBenchmark = (factors: number): Benchmark => ({
  name: `ials-${factors}`,
  title: `Implicit ALS, ${factors} factors, an iteration by ${STEPS} steps of conjugate gradients`,
  cases: [
    {
      id: `ials-${factors}`,
      async run(context) {
        const { data, engine, folder, pythons, threads } = context;
        const iterate = iterating(context, factors);
        folder.writeRows({ offsets: data.train.offsets, items: data.train.items });
        const shared = { folder: folder.path, users: data.users, items: data.items, factors, threads };
        const options = { ...shared, confidence: CONFIDENCE, regularization: L2 };
        let current = firstFactors(context, factors);
        const ours = repeated(contenderName(context), async () => {
          current = await iterate(engine.solver, current);
          return 1;
        });
        const agree = async (peer: Peer) => {
          let own = firstFactors(context, factors);
          for (let i = 0; i < ITERATIONS; i++) own = await iterate(engine.solver, own);
          const { width } = await peer.call<{ width: number }>("factors", { iterations: ITERATIONS });
          const [a, b] = [{ ...own, width: factors }, readVectors(folder.path, width)].map((of) =>
            heldOutAuc(data, of),
          );
          const what = `${peer.name}: held-out AUC after ${ITERATIONS} iterations`;
          return sameQuality(what, a as number, b as number, { allowed: 0.01, higherIsBetter: true });
        };
        return await runContest(
          {
            id: `ials-${factors}`,
            title: `Implicit ALS, ${factors} factors, an iteration`,
            unit: "iterations/s",
            target: 1.25,
            ours,
            peers: [
              () => startPeer(pythons.main, { name: "implicit, CG", module: "implicit_als", options }),
              () => startPeer(pythons.main, { name: "rusket", module: "rusket_als", options }),
            ],
            agree: (peers) => Promise.all(peers.filter(({ name }) => name.startsWith("implicit")).map(agree)),
          },
          context,
        );
      },
    },
  ],
});

export const easeBenchmark: Benchmark = {
  name: "ease",
  title: "EASE in closed form",
  cases: [
    {
      id: "ease",
      async run(context) {
        const { data, engine, folder, pythons, threads } = context;
        const { offsets, items } = data.train;
        folder.writeRows({ offsets, items });
        const [l2, columns] = [500, data.items];
        const options = { folder: folder.path, users: data.users, items: columns, threads, l2 };
        const solve = () => engine.solver.ease({ offsets, items, columns }, l2, { threads });
        const ours = repeated(contenderName(context), async () => {
          await solve();
          return 1;
        });
        const peer = (name: string, module: string) => () => startPeer(pythons.main, { name, module, options });
        return await runContest(
          {
            id: "ease",
            title: "EASE, 3,706 items, solved",
            unit: "models/s",
            target: 1.25,
            ours,
            peers: [peer("numpy", "numpy_ease"), peer("rusket", "rusket_ease"), peer("skrecsys", "skrecsys_ease")],
            async agree([numpy]) {
              if (numpy?.name !== "numpy") return [];
              const own = await solve();
              const theirs = await numpy.call<{ rows: number[]; weights: number[][] }>("some", {});
              const difference = theirs.rows.map((row, at) =>
                Math.max(
                  ...(theirs.weights[at] ?? []).map((value, i) => Math.abs(value - (own[row * columns + i] ?? 0))),
                ),
              );
              const largest = Math.max(...difference);
              return [
                {
                  holds: largest < 1e-3,
                  text: `numpy: ${theirs.rows.length} rows of the weights, largest difference ${largest.toExponential(1)} (allowed 1.0e-3)`,
                },
              ];
            },
          },
          context,
        );
      },
    },
  ],
};
