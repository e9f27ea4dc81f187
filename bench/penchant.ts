/**
 * Everything that the benchmarks take from the product, from its compiled form: what is measured is what is shipped.
 *
 * Names are bound when the program runs: this file is compiled against earlier revisions too (`--check --base`), and one that
 * lacks a name still plays the cases that do without it. So only modules that every revision has stand here.
 */
import * as csr from "../dist/core/csr.js";
import * as random from "../dist/core/random.js";
import * as dataset from "../dist/dataset/index.js";
import * as engines from "../dist/engine/index.js";
import * as reference from "../dist/engine/reference/index.js";
import * as evaluation from "../dist/evaluate/index.js";
import * as models from "../dist/models/index.js";
import * as plans from "../dist/nn/plans.js";
import * as training from "../dist/train/index.js";
import * as evaluating from "../dist/workflow/evaluate.js";
import * as recommending from "../dist/workflow/recommender.js";

export type { HugeOptions, Interactions, Split } from "../dist/dataset/index.js";
export type {
  Csr,
  Engine,
  FeedSpec,
  OptimizerSpec,
  Scorer,
  Solver,
  Trainer,
  TrainSpec,
} from "../dist/engine/contract.js";
export type { Plan } from "../dist/graph/plan.js";
export type { Catalog, Model, ModelFactory } from "../dist/nn/model.js";
export type { Run } from "../dist/train/index.js";

export const { transpose } = csr;
export const { below, hash, normal, STREAM, unit } = random;
export const {
  hugeInteractions,
  importDataset,
  kCore,
  leaveLastOut,
  mergeParts,
  popularityTable,
  ratioSplit,
  readInteractions,
} = dataset;
export const { loadEngine } = engines;
export const { createFeed } = reference;
export const { evaluateRanking, evaluateRating } = evaluation;
export const { biasedMf, bprMf, modelNamed, neuMf } = models;
export const { initialParameters, scorePlan, trainingPlan } = plans;
export const { fit } = training;
export const { evaluate } = evaluating;
export const { recommenderOf } = recommending;
