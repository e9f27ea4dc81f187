/**
 * Weighted hybrid: α x matrix factorization + (1 − α) x dense network, α fixed or learned.
 *
 * The weighted form of the residual hybrid: "final = α · dot product + (1 − α) · dense" on shared vectors; in the terms of
 * Burke, "Hybrid Recommender Systems", UMUAI 2002, section 2.1, a weighted hybrid of two scorers.
 *
 * Choices where implementations differ: a learned α is σ(a), which stays in (0, 1), and starts at `alpha`; both branches
 * predict the deviation from the training mean μ, with biases in the factorization.
 */
import type { Builder } from "../nn/builder.ts";
import type { Activation } from "../nn/layers.ts";
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
function weight(nn: Builder, alpha: number, learned: boolean) {
  if (!learned) return nn.param("alpha", [], { kind: "constant", value: alpha }, { trainable: false });
  const bounded = Math.min(Math.max(alpha, 1e-6), 1 - 1e-6);
  const logit = nn.param("alpha/logit", [], { kind: "constant", value: Math.log(bounded / (1 - bounded)) });
  return nn.scope("alpha", () => nn.unary("sigmoid", logit));
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
  build({ users, items }, { factors, alpha, learnAlpha, hidden, ...options }, nn) {
    const init = { kind: "normal", stddev: 0.05 } as const;
    const u = nn.embed(users.id, factors, { name: "factors/user", init });
    const v = nn.embed(items.id, factors, { name: "factors/item", init });
    const [userBias, itemBias] = [nn.bias(users.id), nn.bias(items.id)];
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    const share = weight(nn, alpha, learnAlpha);
    const factorization = nn.scope("factorization", () => nn.add(nn.add(nn.dot(u, v), userBias), itemBias));
    const network = nn.tower("network", hidden, options)(nn.concat(u, v));
    const deep = nn.squeezeLast(nn.dense("head", 1)(network));
    return nn.scope("blend", () =>
      nn.add(nn.add(nn.mul(factorization, share), nn.mul(deep, nn.affine(share, -1, 1))), mean),
    );
  },
});
