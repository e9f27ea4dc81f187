/**
 * DeepFM: a factorization machine and a network over the same vectors: every two fields of a row meet in an inner product, and all of them
 * in hidden layers, without crosses made by hand.
 *
 * Guo et al., "DeepFM: A Factorization-Machine based Neural Network for CTR Prediction", IJCAI 2017: section 2.1, equations 1 (both logits
 * added), 2 (the machine, Rendle 2010) and 3 to 4 (the same embeddings, field by field, into the network).
 *
 * Choices where implementations differ: what is known of one side is one field (as a multi-valued one, the sum of what its values have), so
 * that inner products are between ids, features and history, not inside them; the linear part learns by FTRL-Proximal, the rest by AdaGrad.
 */
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import { defineModel } from "../nn/model.ts";
import { type Beside, deepScores, type Field, type FieldsConfig, fieldOptions, fieldsOf, linearOf } from "./fields.ts";

export interface DeepFmConfig extends FieldsConfig {}

export const deepFm = defineModel<DeepFmConfig>({
  name: "deepfm",
  title: "DeepFM, a factorization machine and a network",
  paper: "https://arxiv.org/abs/1703.04247",
  task: "pointwise",
  defaults: {
    ...{ width: 32, hidden: [128, 64, 32], dropout: 0, ids: "both", idDropout: 0.1 },
    ...{ history: true, contextDropout: 0.1, l1: 0 },
  },
  options: fieldOptions,
  training: { batchSize: 1024, learningRate: 0.02, negatives: 4, optimizer: "adagrad" },
  build(inputs, config, nn) {
    const machine: Beside = (all) => nn.scope("machine", () => nn.add(linearOf(all, nn), pairs(all, nn)));
    return deepScores(fieldsOf(inputs, config, nn), machine, config, nn);
  },
});

/** The inner products of every two fields, added up: of each field with the sum of those before it. */
function pairs(fields: readonly Field[], nn: Builder): Tensor {
  const [first, ...rest] = fields.map(({ vector }) => vector) as [Tensor, ...Tensor[]];
  const products: Tensor[] = [];
  rest.reduce((before, vector) => {
    products.push(nn.dot(before, vector));
    return nn.add(before, vector);
  }, first);
  return products.reduce((sum, product) => nn.add(sum, product));
}
