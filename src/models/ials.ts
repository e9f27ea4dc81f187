/**
 * Implicit alternating least squares: user and item vectors whose products are near 1 where there was an event and near 0
 * everywhere else, solved in turn.
 *
 * Hu, Koren & Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008; the loss and the
 * frequency-scaled regularization of Rendle et al., "Revisiting the performance of iALS on item recommendation benchmarks",
 * RecSys 2022, equations 2 to 4: `l2 (events + unobserved others)^exponent` for each row.
 */
import { transpose } from "../core/csr.ts";
import type { Init } from "../graph/tensor.ts";
import { type Catalog, defineModel, type SolveProblem } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";
import { initialParameters, scorePlan } from "../nn/plans.ts";

export interface IalsConfig {
  /** Width of the user and item vectors. */
  readonly factors: number;
  readonly iterations: number;
  /** Weight of every pair, next to 1 more for each event. */
  readonly unobserved: number;
  readonly l2: number;
  /** How a row's regularization grows with its events: 0 not at all, 1 in proportion. */
  readonly exponent: number;
  /** Steps of conjugate gradients for each row; 0: exact. */
  readonly steps: number;
}

export const ials = defineModel<IalsConfig>({
  name: "ials",
  title: "Implicit alternating least squares",
  paper: "https://doi.org/10.1109/ICDM.2008.22",
  task: "solve",
  weighs: true,
  defaults: { factors: 64, iterations: 16, unobserved: 0.1, l2: 0.003, exponent: 1, steps: 0 },
  options: {
    factors: searched(count("width of the user and item vectors"), { between: [16, 256] }),
    iterations: count("times that users and items are solved for in turn"),
    unobserved: searched(number("weight of every pair, next to 1 more for each event", 0, 1e6), { between: [0.01, 1] }),
    l2: searched(number("L2 regularization", 1e-9, 1e9), { between: [0.0005, 0.03] }),
    exponent: number("how a row's regularization grows with its events", 0, 2),
    steps: { ...count("steps of conjugate gradients for each row; 0: exact"), expected: "an integer >= 0", accepts },
  },
  training: {},
  build({ users, items }, { factors }, nn) {
    const p = nn.embed(users.id, factors, { name: "factors/user", init: spread(factors) });
    const q = nn.embed(items.id, factors, { name: "factors/item", init: spread(factors) });
    return nn.scope("score", () => nn.dot(p, q));
  },
  solve: (problem, config) => alternate(problem, config),
  newcomer: ({ unobserved, l2, exponent }) => ({
    ...{ users: "factors/user", items: "factors/item", offset: 0 },
    ...{ unobserved, l2, exponent },
  }),
});

function accepts(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Vectors of length 0.1 on average, as in Rendle et al. */
const spread = (factors: number): Init => ({ kind: "normal", stddev: 0.1 / Math.sqrt(factors) });

async function alternate({ catalog, interactions, solver, control, seed }: SolveProblem, config: IalsConfig) {
  const { factors: width, iterations, unobserved, steps } = config;
  let { "factors/user": users, "factors/item": items } = firstVectors(catalog, config, seed);
  const byUser = interactions; // a value is a weight: the confidence of Hu et al., equation 3, with alpha 1
  const byItem = transpose(byUser);
  const shared = { width, unobserved, offset: 0, steps };
  const [userL2, itemL2] = [regularization(byUser, config), regularization(byItem, config)];
  for (let half = 0; half < 2 * iterations; half++) {
    const onProgress = control.onProgress && ((share: number) => control.onProgress?.((half + share) / iterations / 2));
    const watched = { ...control, onProgress };
    if (half % 2 === 0) {
      const problem = { ...shared, matrix: byUser, fixed: items, factors: users, l2: userL2 };
      users = await solver.leastSquares(problem, watched);
    } else {
      const problem = { ...shared, matrix: byItem, fixed: users, factors: items, l2: itemL2 };
      items = await solver.leastSquares(problem, watched);
    }
  }
  return { parameters: { "factors/user": users, "factors/item": items } };
}

function firstVectors(catalog: Catalog, config: IalsConfig, seed: number) {
  const plan = scorePlan(ials(config), catalog);
  return initialParameters(plan, catalog, seed) as Record<"factors/user" | "factors/item", Float32Array>;
}

function regularization(
  { offsets, columns }: { readonly offsets: Int32Array; readonly columns: number },
  { l2, unobserved, exponent }: IalsConfig,
): Float32Array {
  const events = (row: number) => (offsets[row + 1] as number) - (offsets[row] as number);
  return Float32Array.from(
    { length: offsets.length - 1 },
    (_, row) => l2 * (events(row) + unobserved * columns) ** exponent,
  );
}
