import { fail } from "../../core/errors.ts";
import { parseRelevance } from "../../evaluate/relevance.ts";
import type { OptimizerName, Task, TrainingDefaults } from "../../nn/model.ts";
import {
  choice,
  configure,
  count,
  flag,
  number,
  type OptionRule,
  type OptionRules,
  searched,
} from "../../nn/options.ts";
import { checkMetric } from "./metric.ts";
import { defaults, type TrainingSettings } from "./settings.ts";

const rule = <T>(description: string, expected: string, accepts: (value: unknown) => boolean): OptionRule<T> => ({
  description,
  expected,
  accepts: (value): value is T => accepts(value),
});

const isReal = (value: unknown): value is number => Number.isFinite(value);
const positive = (description: string) =>
  rule<number>(description, "a number > 0", (value) => isReal(value) && value > 0);
const nonNegative = (description: string) =>
  rule<number>(description, "a number >= 0", (value) => isReal(value) && value >= 0);
const whole = (description: string, most: number) =>
  rule<number>(
    description,
    most === Number.MAX_SAFE_INTEGER ? "an integer >= 0" : `an integer from 0 to ${most}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most,
  );
const text = (description: string, expected: string, pattern: RegExp) =>
  rule<string>(description, expected, (value) => typeof value === "string" && pattern.test(value));

/** Every training option: what it is and what it takes. The one table behind checks, help texts and documentation. */
export const trainingRules: OptionRules<TrainingSettings> = {
  task: choice("what to learn from (default: the model's)", ["pointwise", "pairwise", "rating"]),
  loss: choice("loss (default: the model's)", ["bce", "mse", "bpr", "hinge"]),
  epochs: count("passes over the training interactions (given: exactly so many, unless patience is given too)"),
  batchSize: count("rows per step, negatives included", 2 ** 24), // what the core takes
  learningRate: searched(positive("learning rate"), { around: 5, least: 1e-3 }),
  negatives: searched(count("sampled negatives per positive"), { between: [1, 16] }),
  negativeSampling: choice("how negatives are drawn", ["uniform", "popularity"]),
  negativeExponent: number("power of an item's count in popularity sampling", 0, 4),
  known: choice("what a negative must not be", ["train", "all"]),
  weights: choice("how much an interaction counts: each as 1, or as its value", ["none", "values"]),
  repeats: choice("of several events of an item, those that a sequence has", ["all", "last"]),
  context: text(
    "what models see of the context of events (default: its columns)",
    "names separated by commas, or none",
    /./,
  ),
  shuffle: flag("visit rows in a new random order every epoch"),
  optimizer: choice("update rule", ["sgd", "momentum", "adagrad", "adam", "adamw", "ftrl"]),
  momentum: number("weight of earlier gradients", 0, 1, true),
  nesterov: flag("look one step ahead"),
  beta1: number("decay of the first moment", 0, 1, true),
  beta2: number("decay of the second moment", 0, 1, true),
  epsilon: positive("added to the denominator (default 1e-8, adagrad 1e-10)"),
  initialAccumulator: nonNegative("first value of the squared sums"),
  beta: positive("what the root of the squared sums is added to"),
  l1: nonNegative("pull of weights to exactly 0 (L1 regularization)"),
  lazy: flag("let untouched embedding rows rest"),
  l2: searched(nonNegative("L2 regularization"), { around: 30, least: 1e-6 }),
  clipNorm: nonNegative("largest global gradient norm (0: no clipping)"),
  weightDecay: nonNegative("decoupled weight decay (default 0, adamw 0.01)"),
  schedule: choice("how the learning rate changes", ["constant", "linear", "cosine", "step", "exponential"]),
  warmupEpochs: nonNegative("epochs in which the rate rises from 0"),
  finalRate: number("share of the rate left at the end", 0, 1),
  decayRate: number("factor per decayEpochs", 0, 1),
  decayEpochs: positive("epochs per decay"),
  validateEvery: count("epochs between validations"),
  metric: text("validation metric (default ndcg@10, rating task rmse)", "a metric such as ndcg@10 or rmse", /./),
  relevant: text("which values are relevant in validation (default: all)", 'a rule such as ">=4" or "3..5"', /./),
  protocol: text("how validation ranks", "full, given or sampled-N", /^(full|given|sampled-[1-9]\d{0,8})$/),
  validateUsers: whole("users that validation ranks for, drawn by seed (0: all)", Number.MAX_SAFE_INTEGER),
  patience: whole(
    "validations without improvement before stopping (0: never, as where epochs is given)",
    Number.MAX_SAFE_INTEGER,
  ),
  minDelta: nonNegative("least improvement that counts"),
  restoreBest: flag("return the best validated epoch's parameters"),
  refit: flag("train once more on training and validation together, for the epochs chosen"),
  averageFrom: whole("epoch from which parameters are averaged (0: never)", Number.MAX_SAFE_INTEGER),
  seed: whole("seed of everything random", 2 ** 32 - 1),
  threads: whole("worker threads (0: every core)", 1024),
};

/** Options that only some choices of another option use. */
const owners: Partial<
  Record<keyof TrainingSettings, readonly [by: keyof TrainingSettings, values: readonly string[]]>
> = {
  negativeExponent: ["negativeSampling", ["popularity"]],
  momentum: ["optimizer", ["momentum"]],
  nesterov: ["optimizer", ["momentum"]],
  beta1: ["optimizer", ["adam", "adamw"]],
  beta2: ["optimizer", ["adam", "adamw"]],
  epsilon: ["optimizer", ["adam", "adamw", "adagrad"]],
  lazy: ["optimizer", ["adam", "adamw"]],
  initialAccumulator: ["optimizer", ["adagrad"]],
  beta: ["optimizer", ["ftrl"]],
  l1: ["optimizer", ["ftrl"]],
  weightDecay: ["optimizer", ["sgd", "momentum", "adagrad", "adam", "adamw"]],
  finalRate: ["schedule", ["linear", "cosine"]],
  decayRate: ["schedule", ["step", "exponential"]],
  decayEpochs: ["schedule", ["step", "exponential"]],
};

/** The settings that a saved run notes among other facts, as `fit` takes them again: without those that had no effect. */
export function settingsOf(noted: Readonly<Record<string, unknown>>): Partial<TrainingSettings> {
  const hasEffect = (option: string): boolean => {
    const [by, values] = owners[option as keyof typeof owners] ?? [];
    return by === undefined || values === undefined || values.includes(String(noted[by]));
  };
  return Object.fromEntries(
    Object.entries(noted).filter(([name]) => Object.hasOwn(trainingRules, name) && hasEffect(name)),
  );
}

/**
 * The settings of a run: defaults, then the model's recommendations, then what the caller gives; epochs given alone are
 * trained exactly, without early stopping. Throws CONFIG_UNKNOWN for
 * an unknown option and CONFIG_VALUE for a value out of range or an option without effect.
 */
export function resolveSettings(recommended: TrainingDefaults, given: Partial<TrainingSettings>): TrainingSettings {
  const base = { ...defaults, ...recommendedFor(given.optimizer, recommended) };
  const patience = given.epochs === undefined ? base.patience : 0;
  const named = configure("training", trainingRules, { ...base, patience }, given);
  const settings = { ...named, refit: given.refit ?? named.patience > 0 };
  for (const [option, [by, values]] of Object.entries(owners)) {
    if (given[option as keyof TrainingSettings] === undefined || values.includes(String(settings[by]))) continue;
    fail("CONFIG_VALUE", {
      what: `"${option}" has no effect with ${by} "${settings[by]}"`,
      fix: `Leave it out, or set ${by} to ${values.join(" or ")}.`,
    });
  }
  if (settings.metric !== undefined) checkMetric(settings.metric);
  if (settings.relevant !== undefined) parseRelevance(settings.relevant);
  return settings;
}

/** A decay is recommended for the optimizer that it is recommended with. */
function recommendedFor(optimizer: OptimizerName | undefined, recommended: TrainingDefaults): TrainingDefaults {
  const { weightDecay, ...others } = recommended;
  const other = optimizer !== undefined && optimizer !== (recommended.optimizer ?? defaults.optimizer);
  return other || weightDecay === undefined ? others : recommended;
}

/** What counts where nothing is trained: first values may be drawn, and scoring has threads. */
const always: readonly string[] = ["seed", "threads"];
/** What only training with sampled negatives looks at. */
const sampling: readonly string[] = ["negatives", "negativeSampling", "negativeExponent", "known", "weights"];

/** Those of the given options that a model of this task never looks at. */
export function optionsWithoutEffect(own: Task, given: Partial<TrainingSettings>): string[] {
  const named = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (own === "none") return named.filter((name) => !always.includes(name));
  const task = given.task ?? own;
  const idle = [...(task === "rating" ? sampling : []), ...(task === "rows" ? [] : ["repeats"])];
  return named.filter((name) => idle.includes(name));
}
