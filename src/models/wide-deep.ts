/**
 * Wide & Deep: a linear model of crosses, which remembers what goes with what, and a network over embeddings, which tells of what it has not
 * seen, trained together.
 *
 * Cheng et al., "Wide & Deep Learning for Recommender Systems", DLRS 2016: section 3.1 (crosses: the paper's is of an installed and a shown
 * app, here of an item of the history and the item in question), 3.2 (embeddings side by side into layers of ReLU), 3.3 (both logits added,
 * one cross-entropy; FTRL with L1 for the wide part, AdaGrad for the deep one).
 *
 * Choices where implementations differ: crosses are hashed into a table (McMahan et al., "Ad Click Prediction", KDD 2013, section 4), so that
 * what is crossed need not be listed: items of the history, and features of the user, with the id of the item; features of the user with
 * those of the item; the context of the event with both. An item's features are one field, and so are a user's. Items that training has not met have no crosses of their own.
 */
import { offsetsOf, type SparseMatrix } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { ModelInputs, SparseRows } from "../nn/inputs.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count } from "../nn/options.ts";
import { degreesOf } from "./degrees.ts";
import { type Beside, deepScores, type FieldsConfig, fieldOptions, fieldsOf, linearOf, linearRule } from "./fields.ts";

export interface WideDeepConfig extends FieldsConfig {
  /** What the wide part crosses: what the user did with the item, features of both sides and of the event, or both. */
  readonly crosses: (typeof crossings)[number];
  /** Numbers that crosses are hashed into. */
  readonly buckets: number;
}

const crossings = ["all", "history", "features", "none"] as const;

export const wideDeep = defineModel<WideDeepConfig>({
  name: "wide-deep",
  title: "Wide & Deep",
  paper: "https://arxiv.org/abs/1606.07792",
  task: "pointwise",
  defaults: {
    ...{ width: 32, hidden: [128, 64, 32], dropout: 0, crosses: "all", buckets: 2 ** 18 },
    ...{ ids: "both", idDropout: 0.1, history: true, contextDropout: 0.1, l1: 0 },
  },
  options: {
    crosses: choice("what the wide part crosses", crossings),
    buckets: count("numbers that crosses are hashed into", 2 ** 24),
    ...fieldOptions,
  },
  training: { batchSize: 1024, learningRate: 0.02, negatives: 4, optimizer: "adagrad" },
  matrices: (interactions) => ({ itemIds: metIds(interactions) }),
  build(inputs, config, nn) {
    const fields = fieldsOf(inputs, config, nn);
    const crossed = crossesOf(inputs, config, nn);
    const wide: Beside = (all) =>
      nn.scope("wide", () => crossed.reduce((sum, each) => nn.add(sum, each), linearOf(all, nn)));
    return deepScores(fields, wide, config, nn);
  },
});

function crossesOf({ users, items, context }: ModelInputs, config: WideDeepConfig, nn: Builder): Tensor[] {
  const { crosses, buckets, l1, history } = config;
  const cross = (name: string, left: SparseRows, right: SparseRows) =>
    nn.crosses(left, right, buckets, { name: `crosses/${name}`, optimizer: linearRule(l1) });
  const itself = (): SparseRows => ({ matrix: nn.data("itemIds", items.size, items.size), ids: items.id });
  const past = history && (crosses === "all" || crosses === "history");
  const crossed = crosses === "all" || crosses === "features";
  const [features, event] = [crossed && users.featureCount > 0, crossed && context.featureCount > 0];
  return [
    ...(past ? [cross("history", nn.leavingOut(users.history, items.id), itself())] : []),
    ...(features ? [cross("user-item", users.features, itself())] : []),
    ...(features && items.featureCount > 0 ? [cross("features", users.features, items.features)] : []),
    ...(event ? [cross("event-item", context.features, itself())] : []),
    ...(event && items.featureCount > 0 ? [cross("event-features", context.features, items.features)] : []),
  ];
}

/** The identity, but for empty rows of items that nobody has. */
function metIds(interactions: SparseMatrix): SparseMatrix {
  const met = Int32Array.from(degreesOf(interactions), (events) => Math.min(1, events));
  const items = Int32Array.from(met.keys()).filter((item) => met[item] === 1);
  return { offsets: offsetsOf(met), items, columns: met.length };
}
