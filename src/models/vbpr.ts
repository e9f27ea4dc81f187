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
 * vector. Without features it is BPR-MF. E may also be the vectors' principal directions (`projection` components), which keep inner products as well as
 * so many numbers can, and which learning leaves as they are: of few items with wide vectors E learns by heart what they look like. Tastes start at
 * next to nothing, so that what is learned first is how near an item is to those that somebody has, less those that they have not. β' is then of E f_i.
 */
import { defineModel, type StartProblem } from "../nn/model.ts";
import { choice, count, number } from "../nn/options.ts";
import { componentsOf } from "./components.ts";
import { keptRows } from "./content.ts";
import { l2ByItemCounts } from "./recommended.ts";

export interface VbprConfig {
  /** Width of γ, the rows of users and items. */
  readonly factors: number;
  /** Width of θ, and of what features are projected to. */
  readonly visual: number;
  /** Share of the examples in which an item's own row and bias are left out in training, in [0, 1). */
  readonly idDropout: number;
  /** What features are projected to is learned, or their principal directions: right singular vectors of the rows of the items that training has. */
  readonly projection: (typeof projections)[number];
  /** What principal directions are multiplied with: the larger, the sooner tastes are learned, and the less the biases. */
  readonly scale: number;
}

const projections = ["learned", "components"] as const;

export const vbpr = defineModel<VbprConfig>({
  name: "vbpr",
  title: "Visual BPR",
  paper: "https://arxiv.org/abs/1510.01784",
  task: "pairwise",
  defaults: { factors: 64, visual: 64, idDropout: 0.5, projection: "learned", scale: 8 },
  options: {
    factors: count("width of the rows of users and items"),
    visual: count("width of what features of items are projected to"),
    idDropout: number("share of the examples in which an item's own row is left out in training", 0, 1, true),
    projection: choice("what features are projected to: learned, or their principal directions", projections),
    scale: number("what principal directions are multiplied with", 0.001, 1000),
  },
  training: { batchSize: 1024, learningRate: 0.002, negatives: 4 },
  sized: l2ByItemCounts(3e-6),
  build({ users, items }, { factors, visual, idDropout, projection, scale }, nn) {
    const isSeen = items.featureCount > 0;
    const taste = nn.embed(users.id, factors, { name: "factors/user" });
    const own = nn.embed(items.id, factors, { name: "factors/item", ...(isSeen && { init: { kind: "zeros" } }) });
    const bias = nn.bias(items.id);
    if (!isSeen) return nn.scope("score", () => nn.add(nn.dot(taste, own), bias));
    const { matrix } = items.features;
    const projected = nn.table("visual/items", () => {
      const init = { kind: "normal", stddev: 0.1 } as const;
      const own = { l2: 0, trainable: projection === "learned" };
      return nn.spmm(matrix, nn.param(PROJECTION, [items.featureCount, visual], init, own));
    });
    const zeros = { kind: "zeros" } as const;
    const liked = nn.table("visual/biases", () =>
      projection === "learned"
        ? nn.spmm(matrix, nn.param("visual/bias", [items.featureCount, 1], zeros))
        : nn.affine(nn.matmul(projected, nn.param("visual/bias", [visual, 1], zeros)), 1 / scale),
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
  async start(problem: StartProblem, { projection, visual, scale }) {
    if (projection === "learned") return {};
    const directions = await componentsOf(problem, visual);
    return directions ? { [PROJECTION]: directions.map((value) => value * scale) } : {};
  },
});

const PROJECTION = "visual/projection";
