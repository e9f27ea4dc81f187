import { hash, STREAM, unit } from "../core/random.ts";
import { type DataSize, type Model, type ModelFactory, recommendedFor } from "../nn/model.ts";
import type { OptionRule, Search } from "../nn/options.ts";
import { defaults, optionsWithoutEffect, type TrainingSettings, trainingRules } from "../train/index.ts";

/** An option that tuning varies. */
export interface Dimension {
  readonly name: string;
  /** Whose option it is. */
  readonly of: "model" | "training";
  readonly rule: OptionRule<unknown>;
  readonly search: Search;
  /** What is taken where nothing is said, on this data. */
  readonly usual: unknown;
}

/** Values of a trial, by the name of the option. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * What there is to vary of a model: its own options and those of training that declare where to look, but for the ones that
 * were set by hand and those that it never looks at.
 */
export function searchSpace(
  { definition }: Pick<Model, "definition">,
  size: DataSize,
  fixed: ReadonlySet<string>,
): Dimension[] {
  const own = dimensions("model", definition.options, definition.defaults);
  const recommended: Partial<TrainingSettings> = { ...defaults, ...recommendedFor(definition, size) };
  const training = learns(definition.task) ? dimensions("training", trainingRules, recommended) : [];
  const idle = new Set(optionsWithoutEffect(definition.task, recommended));
  const hasNegatives = definition.task === "pointwise" || definition.task === "pairwise";
  return [...own, ...training].filter(
    ({ name }) => !fixed.has(name) && !idle.has(name) && (hasNegatives || name !== "negatives"),
  );
}

const learns = (task: ModelFactory["definition"]["task"]): boolean => task !== "solve" && task !== "none";

function dimensions(of: Dimension["of"], rules: object, usual: object): Dimension[] {
  return Object.entries(rules as Readonly<Record<string, OptionRule<unknown>>>).flatMap(([name, rule]) =>
    rule.search ? [{ name, of, rule, search: rule.search, usual: (usual as Values)[name] }] : [],
  );
}

/** The values of a trial: number 0 is what is usual, the others are drawn; a pure function of seed and number. */
export function drawTrial(space: readonly Dimension[], seed: number, trial: number): Values {
  if (trial === 0) return {};
  return Object.fromEntries(
    space.map((dimension, i) => [dimension.name, valueAt(dimension, unit(hash(seed, STREAM.tuning, trial, i)))]),
  );
}

/** The value at a share of the way through what is searched, in [0, 1). */
export function valueAt({ rule, search, usual }: Dimension, share: number): unknown {
  if ("among" in search) return search.among[Math.floor(share * search.among.length)];
  const [low, high] = endsOf(search, usual);
  const value = low > 0 ? low * (high / low) ** share : low + share * (high - low);
  const short = Number(value.toPrecision(2));
  return rule.accepts(short) ? short : Math.max(1, Math.round(value)); // a count is a whole number
}

function endsOf(search: Exclude<Search, { readonly among: unknown }>, usual: unknown): readonly [number, number] {
  if ("between" in search) return search.between;
  const middle = (typeof usual === "number" && usual > 0 && usual) || search.least;
  return [middle / search.around, middle * search.around];
}
