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
import { count, number, searched, widths } from "../nn/options.ts";
import { type Field, type FieldsConfig, fieldOptions, fieldsOf, linearOf, vectorsOf } from "./fields.ts";

export interface DeepFmConfig extends FieldsConfig {
  /** Width of the vector of each field. */
  readonly width: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Dropout after each hidden layer, in [0, 1). */
  readonly dropout: number;
}

export const deepFm = defineModel<DeepFmConfig>({
  name: "deepfm",
  title: "DeepFM, a factorization machine and a network",
  paper: "https://arxiv.org/abs/1703.04247",
  task: "pointwise",
  defaults: { width: 32, hidden: [128, 64, 32], dropout: 0, ids: "both", idDropout: 0.1, history: true, l1: 0 },
  options: {
    width: searched(count("width of the vector of each field"), { among: [16, 32, 64] }),
    hidden: widths("widths of the hidden layers"),
    dropout: searched(number("dropout after each hidden layer", 0, 1, true), { between: [0, 0.5] }),
    ...fieldOptions,
  },
  training: { batchSize: 1024, learningRate: 0.02, negatives: 4, optimizer: "adagrad" },
  build(inputs, config, nn) {
    const { hidden, dropout } = config;
    const fields = fieldsOf(inputs, config, nn);
    const [tower, prediction] = [nn.tower("deep", hidden, { dropout }), nn.dense("deep/prediction", 1)];
    const score = (users: readonly Field[]) => {
      const all = [...users, ...fields.items];
      const machine = nn.scope("machine", () => nn.add(linearOf(all, nn), pairs(all, nn)));
      return nn.add(nn.squeezeLast(prediction(tower(vectorsOf(all, nn)))), machine);
    };
    return {
      score: score(fields.users),
      vectors: { item: vectorsOf(fields.items, nn) },
      ...(fields.newcomer && { history: score(fields.newcomer) }),
    };
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
