export type { Builder } from "./builder.ts";
export type { BagOptions, EmbedOptions, ParamOptions } from "./builder-options.ts";
export { initialValues } from "./initializers.ts";
export {
  type Columns,
  columns,
  type Events,
  type Ids,
  type ModelInputs,
  type SequenceRows,
  type SideInputs,
  type SparseRows,
} from "./inputs.ts";
export {
  type Activation,
  activation,
  batchNormalization,
  bias,
  type DenseOptions,
  dense,
  dropout,
  embedding,
  gaussianSample,
  type Layer,
  type Mode,
  scoring,
  type TowerOptions,
  tower,
} from "./layers.ts";
export {
  bayesianPersonalizedRanking,
  binaryCrossEntropy,
  gaussianDivergence,
  hinge,
  type InBatchOptions,
  inBatchSoftmax,
  type LossName,
  meanSquaredError,
  multinomialLikelihood,
  softmaxCrossEntropy,
} from "./losses.ts";
export {
  type BuiltModel,
  type Catalog,
  type DefinitionOf,
  defineModel,
  type Model,
  type ModelDefinition,
  type ModelFactory,
  type ModelOutputs,
  type OptimizerName,
  type Task,
  type TrainingDefaults,
} from "./model.ts";
export type { OptimizerChoice } from "./optimizer.ts";
export {
  choice,
  count,
  flag,
  number,
  type OptionRule,
  type OptionRules,
  type Search,
  searched,
  widths,
} from "./options.ts";
export {
  answerPlans,
  foldInPlans,
  historyPlans,
  influencePlan,
  initialParameters,
  itemVectorPlan,
  scoreGraph,
  scorePlan,
  trainingPlan,
} from "./plans.ts";
export { cumulativeWeights, generalizedBinaryCrossEntropy, sampledSoftmax } from "./sampled-losses.ts";
export type { Stage, StageOutputs, StageTraining } from "./stages.ts";
