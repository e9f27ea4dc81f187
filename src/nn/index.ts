export { initialValues } from "./initializers.ts";
export {
  type Activation,
  activation,
  batchNormalization,
  bias,
  type DenseOptions,
  dense,
  dropout,
  embedding,
  type Layer,
  type Mode,
  type TowerOptions,
  tower,
} from "./layers.ts";
export { bayesianPersonalizedRanking, binaryCrossEntropy, hinge, type LossName, meanSquaredError } from "./losses.ts";
export {
  type BuiltModel,
  type Catalog,
  defineModel,
  type LossColumns,
  type Model,
  type ModelDefinition,
  type ModelFactory,
  type Pair,
  type ScoreFunction,
  type Task,
  type TrainingDefaults,
} from "./model.ts";
export { choice, count, flag, number, type OptionRule, type OptionRules, widths } from "./options.ts";
export { foldInPlans, influencePlan, initialParameters, itemVectorPlan, scorePlan, trainingPlan } from "./plans.ts";
