/**
 * Neural collaborative filtering of anything that is known of users and items: ids, features, or both, as one vector a side.
 *
 * He et al., "Neural Collaborative Filtering", WWW 2017, section 3.1: the general framework, whose input layer takes any
 * description of users and items; section 3.4: the product of the two vectors beside a tower over both.
 *
 * Choices where implementations differ: each input has a projection of its own, and a side's vector is their sum, which is what one
 * projection of all inputs side by side gives. Ids start at 0 beside features and are left out of half of the examples at
 * random (Volkovs, Yu & Poutanen, "DropoutNet", NIPS 2017), so that an item or user nobody has met is answered by its features.
 * Without features of a side its ids are all there is.
 */
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { SideInputs } from "../nn/inputs.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number, widths } from "../nn/options.ts";
import { someRows } from "./content.ts";
import { activations } from "./mlp.ts";

export interface NcfFeaturesConfig {
  /** Width of the vectors of users and items. */
  readonly width: number;
  /** Widths of the hidden layers of the tower. */
  readonly hidden: readonly number[];
  readonly activation: (typeof activations)[number];
  /** Of which sides ids are read too; where a side has no features they always are. */
  readonly ids: "both" | "users" | "items" | "none";
  /** Share of the examples in which an id is left out at random in training, in [0, 1). */
  readonly idDropout: number;
}

export const ncfFeatures = defineModel<NcfFeaturesConfig>({
  name: "ncf-features",
  title: "NCF of features and ids",
  paper: "https://arxiv.org/abs/1708.05031",
  task: "pointwise",
  defaults: { width: 32, hidden: [64, 32], activation: "relu", ids: "both", idDropout: 0.5 },
  options: {
    width: count("width of the vectors of users and items"),
    hidden: widths("widths of the tower's hidden layers"),
    activation: choice("activation of the hidden layers", activations),
    ids: choice("of which sides ids are read too", ["both", "users", "items", "none"]),
    idDropout: number("share of the examples in which an id is left out in training", 0, 1, true),
  },
  training: { batchSize: 512, learningRate: 0.002, negatives: 4 },
  build({ users, items }, { width, hidden, activation, ids, idDropout }, nn) {
    const user = described("user", users, { width, dropout: idDropout, ids: ids === "both" || ids === "users" }, nn);
    const item = described("item", items, { width, dropout: idDropout, ids: ids === "both" || ids === "items" }, nn);
    const deep = nn.tower("tower", hidden, { activation })(nn.concat(user, item));
    const product = nn.scope("product", () => nn.mul(user, item));
    return {
      score: nn.squeezeLast(nn.dense("prediction", 1)(nn.concat(product, deep))),
      vectors: { item },
    };
  },
});

interface Described {
  readonly width: number;
  readonly ids: boolean;
  readonly dropout: number;
}

/** One side's vector: the sum of what its features and its id are projected to. */
function described(name: string, side: SideInputs, { width, ids, dropout }: Described, nn: Builder): Tensor {
  if (side.featureCount === 0) return nn.embed(side.id, width, { name: `${name}/id` });
  const features = nn.bag(side.features, width, { name: `${name}/features` });
  if (!ids) return features;
  const id = nn.embed(side.id, width, { name: `${name}/id`, init: { kind: "zeros" } });
  return nn.add(features, someRows(`${name}/kept`, dropout, id, nn));
}
