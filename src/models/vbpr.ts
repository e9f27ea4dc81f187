/**
 * Visual Bayesian personalized ranking: a factorization beside a second one, in which an item is what its vector (of its picture, its text,
 * any feature) is projected to, and people have tastes for what is seen there.
 *
 * He & McAuley, "VBPR: Visual Bayesian Personalized Ranking from Implicit Feedback", AAAI 2016, section "Visual BPR", equation 4:
 * x̂ = β_u + β_i + γ_u · γ_i + θ_u · (E f_i) + β' · f_i; learned as their section "Model Learning": BPR, no L2 of E.
 *
 * Choices where implementations differ: no α and no β_u, which cancel in a difference; E f_i and β' · f_i are computed once per item and
 * step, for all items, instead of once per pair; items' own rows begin at 0, and some examples are learned without them (Volkovs, Yu &
 * Poutanen, "DropoutNet", NIPS 2017), so that an item that nobody has met is answered by its vector. All features of items are read as one
 * vector. Without features it is BPR-MF.
 */
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";
import { keptRows } from "./content.ts";
import { l2ByItemCounts } from "./recommended.ts";

export interface VbprConfig {
  /** Width of γ, the rows of users and items. */
  readonly factors: number;
  /** Width of θ, and of what features are projected to. */
  readonly visual: number;
  /** Share of the examples in which an item's own row and bias are left out in training, in [0, 1). */
  readonly idDropout: number;
}

export const vbpr = defineModel<VbprConfig>({
  name: "vbpr",
  title: "Visual BPR",
  paper: "https://arxiv.org/abs/1510.01784",
  task: "pairwise",
  defaults: { factors: 64, visual: 64, idDropout: 0.5 },
  options: {
    factors: count("width of the rows of users and items"),
    visual: count("width of what features of items are projected to"),
    idDropout: number("share of the examples in which an item's own row is left out in training", 0, 1, true),
  },
  training: { batchSize: 1024, learningRate: 0.002, negatives: 4 },
  sized: l2ByItemCounts(3e-6),
  build({ users, items }, { factors, visual, idDropout }, nn) {
    const isSeen = items.featureCount > 0;
    const taste = nn.embed(users.id, factors, { name: "factors/user" });
    const own = nn.embed(items.id, factors, { name: "factors/item", ...(isSeen && { init: { kind: "zeros" } }) });
    const bias = nn.bias(items.id);
    if (!isSeen) return nn.scope("score", () => nn.add(nn.dot(taste, own), bias));
    const { matrix } = items.features;
    const projected = nn.table("visual/items", () => {
      const init = { kind: "normal", stddev: 0.1 } as const;
      return nn.spmm(matrix, nn.param("visual/projection", [items.featureCount, visual], init, { l2: 0 }));
    });
    const liked = nn.table("visual/biases", () =>
      nn.spmm(matrix, nn.param("visual/bias", [items.featureCount, 1], { kind: "zeros" })),
    );
    const look = nn.gather(projected, items.id);
    const visualTaste = nn.embed(users.id, visual, { name: "visual/user" });
    const kept = keptRows("item/kept", idDropout, "batch", nn);
    return {
      score: nn.scope("score", () => {
        const ofRows = nn.mul(nn.add(nn.dot(taste, own), bias), kept);
        const ofLooks = nn.add(nn.dot(visualTaste, look), nn.squeezeLast(nn.gather(liked, items.id)));
        return nn.add(ofRows, ofLooks);
      }),
      vectors: { item: nn.concat(look, own) },
    };
  },
});
