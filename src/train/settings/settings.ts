import type { LossName } from "../../nn/losses.ts";
import type { OptimizerName, Task } from "../../nn/model.ts";
import { ruleDefaults as rules } from "../../nn/optimizer.ts";

/**
 * How a model is trained: plain values, one level deep, so that they can be given on a command line, saved with a run and
 * compared between runs. Defaults are in `defaults`; a model's own recommendations stand between those and the caller's.
 */
export interface TrainingSettings {
  /** What to learn from. Default: the model's task. */
  readonly task?: Exclude<Task, "none">;
  /** Default: the model's, or bce (pointwise), bpr (pairwise), mse (rating). */
  readonly loss?: LossName;
  /**
   * Passes over the training interactions: exactly so many where given alone; at most so many where `patience` ends training
   * early, which it does unless `epochs` is given.
   */
  readonly epochs: number;
  /** Rows per step, negatives included. */
  readonly batchSize: number;
  readonly learningRate: number;

  /** Sampled negatives per positive; not used by the rating task. */
  readonly negatives: number;
  /** Every item alike, or in proportion to its training interactions to the power of `negativeExponent`. */
  readonly negativeSampling: "uniform" | "popularity";
  /** Mikolov et al. 2013 use 0.75. Only for popularity sampling. */
  readonly negativeExponent: number;
  /**
   * What a sampled negative must not be: an item of the user's training data, or of the held-out data too (`all`). The
   * latter is what the authors of NCF do; it leaks a little, because the test items are never pushed down.
   */
  readonly known: "train" | "all";
  /**
   * How much an interaction counts in the loss: each as 1, or as its `values` say (`purchase=5,view=1`), which must be above 0. A
   * sampled negative counts as 1 beside labels, and as its positive in pairs; in models of order each event counts by its own value where it is
   * what is to be foretold. Losses stay means over rows (or events): the sum of weights does not divide. Not for the rating task, nor for models that are
   * solved for (but iALS and Markov chains), nor for losses of a model's own that look at no weights.
   */
  readonly weights: "none" | "values";
  /** Of several events of a user and an item, those that models of what was done in order see: all of them, or the last alone. */
  readonly repeats: "all" | "last";
  /**
   * What of the context of events models see that look at it: names separated by commas, of columns (`features.context`) and of what the time
   * tells (`hour`, `weekday`, `month`, `since-last`, `age`); or `none`. Default: all columns.
   */
  readonly context?: string;
  /** Visit rows in a new random order every epoch. */
  readonly shuffle: boolean;

  /** Of every parameter whose definition does not give it one of its own. */
  readonly optimizer: OptimizerName;
  /** Only for momentum. */
  readonly momentum: number;
  /** Only for momentum. */
  readonly nesterov: boolean;
  /** Decay of the first moment; only for adam and adamw. */
  readonly beta1: number;
  /** Decay of the second moment; only for adam and adamw. */
  readonly beta2: number;
  /** Added to the denominator. Default 1e-8 for adam and adamw, 1e-10 for adagrad. */
  readonly epsilon?: number;
  /** First value of the squared sums; only for adagrad. */
  readonly initialAccumulator: number;
  /** What the root of the squared sums is added to; only for ftrl. McMahan et al. 2013 find 1 good enough. */
  readonly beta: number;
  /** L1 regularization, which makes weights 0; only for ftrl, whose `l2` is the paper's second lambda. */
  readonly l1: number;
  /** Embedding rows that a batch does not touch rest, moments included. `false` is textbook Adam, at the cost of the table. */
  readonly lazy: boolean;
  /** L2 regularization, added to the gradient; of embedding tables only the rows that a batch touches. */
  readonly l2: number;
  /** Largest global norm of the gradients of a step; 0 switches clipping off. */
  readonly clipNorm: number;
  /** Decoupled weight decay; not for ftrl. Default 0.01 for adamw, 0 for the others. */
  readonly weightDecay?: number;

  /** How the learning rate changes; see `schedule.ts`. */
  readonly schedule: "constant" | "linear" | "cosine" | "step" | "exponential";
  /** Epochs (also fractions) in which the rate rises from 0 to `learningRate`. */
  readonly warmupEpochs: number;
  /** Share of the rate that is left at the end; only for linear and cosine. */
  readonly finalRate: number;
  /** Factor per `decayEpochs`; only for step and exponential. */
  readonly decayRate: number;
  /** Only for step and exponential. */
  readonly decayEpochs: number;

  /** Validate after every n-th epoch, and after the last. */
  readonly validateEvery: number;
  /** What validation looks at: `ndcg@10`, `hr@5`, `auc`, `rmse`, `logloss` … Default ndcg@10; rmse for the rating task. */
  readonly metric?: string;
  /** Which values make a held-out item relevant in validation, such as `>=4` or `3..5`. Default: every one. */
  readonly relevant?: string;
  /** `full`, `given` or `sampled-N`: how validation ranks. Sampled may choose another epoch than full ranking would. */
  readonly protocol: string;
  /** Validation ranks for at most so many users, drawn by seed; 0 ranks for all. */
  readonly validateUsers: number;
  /**
   * Stop after so many validations in a row without improvement; 0 never stops early. Where there is no validation part, each
   * user's last training interaction makes one. Default 0 where `epochs` is given.
   */
  readonly patience: number;
  /** Least change of the metric that counts as improvement. */
  readonly minDelta: number;
  /** Return the parameters of the best validated epoch instead of the last. */
  readonly restoreBest: boolean;
  /**
   * Train once more, on training and validation together, for as many epochs as validation chose, and return that. Default:
   * where `patience` may end training early.
   */
  readonly refit: boolean;
  /**
   * From the end of this epoch on, the mean of the parameters at the ends of epochs takes the place of the latest ones, in
   * validation and in what is returned (see `Average`); 0 never averages.
   */
  readonly averageFrom: number;

  /** 0 to 2^32 - 1. Same seed, same bytes, whatever the number of threads. */
  readonly seed: number;
  /** Worker threads of the native engine; 0 takes every core. */
  readonly threads: number;
}

export const defaults: TrainingSettings = {
  epochs: 100,
  batchSize: 256,
  learningRate: 0.001,
  negatives: 4,
  negativeSampling: "uniform",
  negativeExponent: 0.75,
  known: "train",
  weights: "none",
  repeats: "all",
  shuffle: true,
  optimizer: "adam",
  momentum: rules.momentum.momentum,
  nesterov: rules.momentum.nesterov,
  beta1: rules.adam.beta1,
  beta2: rules.adam.beta2,
  initialAccumulator: rules.adagrad.initialAccumulator,
  beta: rules.ftrl.beta,
  l1: rules.ftrl.l1,
  lazy: rules.adam.lazy,
  l2: 0,
  clipNorm: 0,
  schedule: "constant",
  warmupEpochs: 0,
  finalRate: 0,
  decayRate: 0.5,
  decayEpochs: 5,
  validateEvery: 1,
  protocol: "full",
  validateUsers: 2000,
  patience: 5,
  minDelta: 0,
  restoreBest: true,
  refit: true,
  averageFrom: 0,
  seed: 1,
  threads: 0,
};
