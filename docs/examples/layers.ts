import { fit, leaveLastOut, loadEngine, readInteractions } from "penchant";
import { add, affine, concat, data, draw, input, lower, param, squeezeLast } from "penchant/graph";
import {
  activation,
  answerPlans,
  batchNormalization,
  bayesianPersonalizedRanking,
  bias,
  binaryCrossEntropy,
  choice,
  columns,
  count,
  cumulativeWeights,
  defineModel,
  dense,
  dropout,
  embedding,
  flag,
  foldInPlans,
  gaussianDivergence,
  gaussianSample,
  generalizedBinaryCrossEntropy,
  hinge,
  historyPlans,
  inBatchSoftmax,
  influencePlan,
  initialParameters,
  initialValues,
  itemVectorPlan,
  meanSquaredError,
  multinomialLikelihood,
  number,
  sampledSoftmax,
  scoreGraph,
  scorePlan,
  scoring,
  searched,
  softmaxCrossEntropy,
  tower,
  trainingPlan,
  widths,
} from "penchant/nn";

// #region defineModel count number flag choice widths searched
interface TwoTowersConfig {
  readonly factors: number;
  readonly hidden: readonly number[];
  readonly dropout: number;
  readonly biased: boolean;
  readonly activation: "relu" | "tanh";
}

const twoTowers = defineModel<TwoTowersConfig>({
  name: "two-towers",
  defaults: { factors: 8, hidden: [16], dropout: 0.1, biased: true, activation: "relu" },
  options: {
    factors: count("width of the vectors"),
    hidden: widths("widths of the tower"),
    dropout: searched(number("dropout on both vectors", 0, 1, true), { between: [0, 0.5] }), // where penchant tune looks
    biased: flag("whether items have a bias"),
    activation: choice("of the tower", ["relu", "tanh"]),
  },
  training: { epochs: 5, learningRate: 0.005 },
  build({ users, items }, { factors, hidden, dropout, biased, activation }, nn) {
    const pair = nn.concat(nn.embed(users.id, factors), nn.embed(items.id, factors));
    const layers = nn.tower("tower", hidden, { activation })(nn.dropout("dropout", dropout)(pair));
    const score = nn.squeezeLast(nn.dense("head", 1)(layers)); // [batch, 1] → [batch]
    return biased ? nn.add(score, nn.bias(items.id)) : score;
  },
});
// #endregion

// #region scoreGraph scorePlan trainingPlan initialParameters foldInPlans influencePlan itemVectorPlan answerPlans historyPlans
const model = twoTowers({ factors: 4 });
const catalog = { users: 5, items: 7, meanValue: 1, itemCounts: new Float32Array(7) };
console.log(String(scoreGraph(model, catalog).score)); // f32[batch]
const plan = scorePlan(model, catalog); // user, item → score
const parameters = initialParameters(plan, catalog, 1);
const engine = await loadEngine("reference");
console.log((await engine.evaluate(plan, parameters, { user: Int32Array.of(0), item: Int32Array.of(3) }))["score"]);
console.log(Object.keys(trainingPlan(model, catalog).outputs)); // loss, grad:embedding/user …
console.log(foldInPlans(model, catalog)?.userParameters); // what a newcomer learns
console.log(Object.keys(influencePlan(model, catalog)?.outputs ?? {})); // score, gradient
console.log(itemVectorPlan(model, catalog)?.instructions.length);
console.log(Object.keys(answerPlans(model, catalog))); // score, and tables where training computed them (lightgcn)
console.log(historyPlans(model, catalog) ?? "no score by history alone, as lightgcn has one");
// #endregion

const ratings = await readInteractions("ratings.csv");
const { train } = leaveLastOut(ratings);
console.log((await fit(model, train, { epochs: 1, progress: "none" })).epochs);

// #region columns scoring embedding bias dense dropout tower activation batchNormalization initialValues
const { user, item } = columns(); // the ids of a batch
const [p, q] = [embedding("p", 5, 2), embedding("q", 7, 2)];
const layers = tower("layers", [4], scoring, { activation: "tanh" }); // scoring: to learn, a mode takes next statistics
const logit = squeezeLast(dense("out", 1)(layers(dropout("drop", 0.1, scoring)(concat(p(user), q(item))))));
console.log(lower({ score: add(logit, bias("b", 7)(item)) }).instructions.length);

const x = input("x", "f32", [2, 2]);
const y = activation("tanh")(batchNormalization("norm", 2, scoring)(x));
const normalize = lower({ y });
const values = initialValues(normalize, {}, 1); // gamma 1, beta 0, mean 0, variance 1
console.log((await engine.evaluate(normalize, values, { x: Float32Array.of(0, 1, -1, 2) }))["y"]);
// #endregion

// #region multinomialLikelihood softmaxCrossEntropy inBatchSoftmax gaussianDivergence gaussianSample
const table = param("table", [7, 2], { kind: "normal", stddev: 1 });
const rows = { matrix: data("history", 5, 7), ids: user }; // what each user did
const [at, spread] = [p(user), affine(p(user), -1)];
const sample = gaussianSample("z", { ...scoring, training: true })(at, spread); // a draw; when scoring, the mean
const softmax = lower({
  one: softmaxCrossEntropy(sample, table, item), // the item among all of the table
  many: multinomialLikelihood(sample, table, rows), // everything that the user did among all of the table
  batch: inBatchSoftmax(sample, q(item), { user, item, temperature: 0.1 }), // the item among those of the batch
  regularizer: gaussianDivergence(at, spread),
});
console.log(softmax.outputs);
// #endregion

// #region sampledSoftmax generalizedBinaryCrossEntropy cumulativeWeights
const negatives = draw(64, 7, 1, data("noise", 1, 7)); // 64 rows of the table, for the whole batch, by the weights of a data matrix
const against = lower({
  softmax: sampledSoftmax(at, table, item, negatives), // the item among what was drawn
  gbce: generalizedBinaryCrossEntropy(at, table, item, negatives, 0.75), // each of them apart, calibrated
});
const noise = cumulativeWeights([9, 7, 5, 4, 3, 2, 1].map((count) => count ** 0.75)); // that matrix: popularity to a power
console.log(against.outputs, noise.values.at(-1));
// #endregion

// #region binaryCrossEntropy meanSquaredError bayesianPersonalizedRanking hinge
const [a, b] = [input("a", "f32"), input("b", "f32")];
const losses = lower({
  bce: binaryCrossEntropy(a, b),
  mse: meanSquaredError(a, b),
  bpr: bayesianPersonalizedRanking(a, b),
  hinge: hinge(a, b),
});
console.log(await engine.evaluate(losses, {}, { a: Float32Array.of(2, -1), b: Float32Array.of(1, 0) }));
// #endregion
