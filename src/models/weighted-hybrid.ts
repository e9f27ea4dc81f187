/**
 * Weighted hybrid: α x matrix factorization + (1 − α) x dense network, α fixed or learned.
 *
 * The weighted form of the residual hybrid: "final = α · dot product + (1 − α) · dense" on shared vectors; in the terms of
 * Burke, "Hybrid Recommender Systems", UMUAI 2002, section 2.1, a weighted hybrid of two scorers.
 *
 * Choices where implementations differ: a learned α is σ(a), which stays in (0, 1), and starts at `alpha`; both branches
 * predict the deviation from the training mean μ, with biases in the factorization.
 */
import { add, affine, concat, mul, param, rowDot, squeezeLast, unary, withScope } from "../graph/ops.ts";
import { type Activation, bias, dense, embedding, tower } from "../nn/layers.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, flag, number, widths } from "../nn/options.ts";
import { activations } from "./mlp.ts";

export interface WeightedHybridConfig {
  /** Width of the shared vectors. */
  readonly factors: number;
  /** Weight of the factorization, in (0, 1) where learned. */
  readonly alpha: number;
  readonly learnAlpha: boolean;
  /** Widths of the network's hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly dropout: number;
}

/** α as a scalar tensor: a constant parameter, or σ(a) with a learned a that starts at logit(alpha). */
function weight(alpha: number, learned: boolean) {
  return withScope("alpha", () => {
    if (!learned) return param("alpha", [], { kind: "constant", value: alpha }, false);
    const bounded = Math.min(Math.max(alpha, 1e-6), 1 - 1e-6);
    return unary("sigmoid", param("alpha/logit", [], { kind: "constant", value: Math.log(bounded / (1 - bounded)) }));
  });
}

export const weightedHybrid = defineModel<WeightedHybridConfig>({
  name: "weighted-hybrid",
  title: "Weighted hybrid of factorization and network",
  paper: "https://doi.org/10.1023/A:1021240730564",
  task: "rating",
  defaults: { factors: 32, alpha: 0.5, learnAlpha: false, hidden: [64, 32], activation: "relu", dropout: 0.1 },
  options: {
    factors: count("width of the shared user and item vectors"),
    alpha: number("weight of the factorization (where learned: its first value)", 0, 1),
    learnAlpha: flag("learn the weight"),
    hidden: widths("widths of the network"),
    activation: choice("activation of the network", activations),
    dropout: number("dropout after each hidden layer", 0, 1, true),
  },
  training: { batchSize: 64, learningRate: 0.002, l2: 0.003 },
  build({ users, items }, { factors, alpha, learnAlpha, hidden, ...options }, mode) {
    const init = { kind: "normal", stddev: 0.05 } as const;
    const [p, q] = [embedding("factors/user", users, factors, init), embedding("factors/item", items, factors, init)];
    const [userBias, itemBias] = [bias("bias/user", users), bias("bias/item", items)];
    const mean = withScope("mean", () => param("mean", [], { kind: "data", name: "meanValue" }, false));
    const share = weight(alpha, learnAlpha);
    const network = tower("network", hidden, mode, options);
    const head = dense("head", 1);
    return ({ user, item }) => {
      const [u, v] = [p(user), q(item)];
      const factorization = withScope("factorization", () => add(add(rowDot(u, v), userBias(user)), itemBias(item)));
      const deep = squeezeLast(head(network(concat(u, v))));
      return withScope("blend", () => add(add(mul(factorization, share), mul(deep, affine(share, -1, 1))), mean));
    };
  },
});
