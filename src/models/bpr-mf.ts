/**
 * Matrix factorization trained by Bayesian personalized ranking: a user's item above an unknown one.
 *
 * Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009, sections 4 and 5.1.
 *
 * Choices where implementations differ: an item bias is learned (as in MyMediaLite and implicit), no user bias (it cancels
 * in the difference); N(0, 0.01) factors; eight negatives per positive and the L2 weight by item counts were chosen on the
 * validation parts of many data sets (docs/defaults.md).
 */
import { defineModel } from "../nn/model.ts";
import { count, searched } from "../nn/options.ts";
import { l2ByItemCounts } from "./recommended.ts";

export interface BprMfConfig {
  /** Width of the user and item vectors. */
  readonly factors: number;
}

export const bprMf = defineModel<BprMfConfig>({
  name: "bpr-mf",
  title: "Matrix factorization with BPR",
  paper: "https://arxiv.org/abs/1205.2618",
  task: "pairwise",
  defaults: { factors: 128 },
  options: { factors: searched(count("width of the user and item vectors"), { between: [16, 256] }) },
  training: { batchSize: 1024, learningRate: 0.002, negatives: 8, patience: 10 },
  sized: l2ByItemCounts(3e-6),
  build({ users, items }, { factors }, nn) {
    const p = nn.embed(users.id, factors, { name: "factors/user" });
    const q = nn.embed(items.id, factors, { name: "factors/item" });
    const itemBias = nn.bias(items.id);
    return nn.scope("score", () => nn.add(nn.dot(p, q), itemBias));
  },
});
