/**
 * Content attention: an item's profile is what its features are projected to, a user's is the mean of the profiles of their items,
 * each weighted by how much the item in question attends to it. New items and new users are answered at once, nothing is trained.
 *
 * He et al., "NAIS: Neural Attentive Item Similarity Model for Recommendation", TKDE 2018, section 3.2 (attention between the item
 * in question and those of the history), with profiles of features in place of rows of ids, as in Sharma et al., "Feature-based
 * factorized bilinear similarity model for cold-start top-n item recommendation", SDM 2015, equation 5.
 *
 * Choices where implementations differ: profiles have length 1, so that an attention starts as a softmax of cosines, which are those of
 * the features but for chance: random projections keep angles. It is a weighted inner product of profiles, without a hidden layer, and
 * its weights sum to 1 (NAIS takes their sum to a power, which orders nothing for one user). While an interaction is learned, its item
 * is left out of the history. Where users have features, a tenth of the examples is learned by these alone, which are all that is known
 * of some newcomers. Rows of ids, if wanted, start at 0 and are left out at random for some of the items of each step.
 */
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { SideInputs } from "../nn/inputs.ts";
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";
import { contentRows, someRows } from "./content.ts";

export interface ContentAttentionConfig {
  /** Width of the profiles. */
  readonly width: number;
  /** What cosines are multiplied with before the softmax, at first; it is learned, dimension by dimension. */
  readonly sharpness: number;
  /** Share of the items that have a row of their own, beside their features, in each step; 0: none has. Without features all have. */
  readonly ids: number;
}

export const contentAttention = defineModel<ContentAttentionConfig>({
  name: "content-attention",
  title: "Attention to the content of a history",
  paper: "https://doi.org/10.1109/TKDE.2018.2831682",
  task: "pointwise",
  defaults: { width: 128, sharpness: 4, ids: 0 },
  options: {
    width: count("width of the profiles"),
    sharpness: number("what cosines are multiplied with before the softmax, at first", 0, 1000),
    ids: number("share of the items that have a row of their own beside their features in a step", 0, 1),
  },
  training: { batchSize: 512, learningRate: 0.003, negatives: 4 },
  build({ users, items }, { width, sharpness, ids }, nn) {
    const random = { kind: "normal", stddev: 1 / Math.sqrt(width) } as const;
    const rows = { width, init: random, ids: ids > 0, idDropout: 1 - ids };
    const profiles = nn.table("profiles", () => nn.unitLength(contentRows("profiles", items, rows, nn)));
    const weights = (name: string, value: number) => nn.param(name, [width], { kind: "constant", value });
    const item = nn.scope("item", () => nn.gather(profiles, items.id));
    const query = nn.scope("attention", () => nn.mul(item, weights("attention/weights", sharpness)));
    const past = nn.leavingOut(users.history, items.id);
    const seen = nn.scope("attention", () => nn.crossAttention(query, profiles, profiles, past));
    const scaled = nn.scope("user", () => nn.mul(seen, weights("user/weights", 4)));
    const known = () =>
      nn.add(someRows("user/kept", 0.1, scaled, nn), nn.bag(users.features, width, { name: "user/features" }));
    const user = users.featureCount > 0 ? known() : scaled;
    const score = nn.scope("score", () => nn.dot(user, item));
    const usual = nn.param("score/bias", [], { kind: "constant", value: USUAL });
    return { score: nn.add(nn.add(score, liked(items, nn)), usual), vectors: { item } };
  },
});

/**
 * What every score begins with: most pairs that are asked about are none. Without it all features learn first that what has them is not
 * liked, and items of which more is known come last.
 */
const USUAL = -3;

/** How much an item is liked whoever looks: told by its features, so that new ones have it too. */
function liked(items: SideInputs, nn: Builder): Tensor {
  if (items.featureCount === 0) return nn.bias(items.id);
  return nn.squeezeLast(nn.bag(items.features, 1, { name: "liked", init: { kind: "zeros" } }));
}
