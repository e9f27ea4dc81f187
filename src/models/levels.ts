/** Ratings as one of a few levels: what a rating is in a graph, in a data matrix, and how one is drawn or expected. */
import type { SparseMatrix } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import { number, type OptionRules } from "../nn/options.ts";

export interface Levels {
  /** How many levels there are, at least 2. */
  readonly levels: number;
  /** The rating of the lowest level. */
  readonly least: number;
  /** From a level to the next one; 0.5 of half stars. */
  readonly step: number;
}

export const levelOptions: OptionRules<Levels> = {
  levels: {
    description: "levels of ratings",
    expected: "an integer from 2 to 100",
    accepts: (value): value is number => Number.isInteger(value) && (value as number) >= 2 && (value as number) <= 100,
  },
  least: number("rating of the lowest level", -1000, 1000),
  step: number("from a level to the next one", 0.001, 1000),
};

const mostOf = ({ levels, least, step }: Levels): number => least + (levels - 1) * step;

/** The rating of each level. */
export const ratingsOf = (of: Levels): number[] =>
  Array.from({ length: of.levels }, (_, level) => of.least + level * of.step);

/** How much a rating is of each level: 1 of its own; between two levels, part of each; beyond the ends, all of the end. */
function shares(rating: number, of: Levels): number[] {
  const place = Math.min(of.levels - 1, Math.max(0, (rating - of.least) / of.step));
  return Array.from({ length: of.levels }, (_, level) => Math.max(0, 1 - Math.abs(place - level)));
}

/** The same of the ratings of a batch: for each level `[batch]`. */
export function sharesOf(rating: Tensor, of: Levels, nn: Builder): Tensor[] {
  const place = nn.affine(rating, 1 / of.step, -of.least / of.step);
  const within = nn.sub(nn.unary("relu", place), nn.unary("relu", nn.affine(place, 1, 1 - of.levels)));
  const far = (level: number) => nn.unary("abs", nn.affine(within, 1, -level));
  return Array.from({ length: of.levels }, (_, level) => nn.unary("relu", nn.affine(far(level), -1, 1)));
}

/**
 * For each level a matrix of the ratings that are of it, named `level/0`, `level/1` … Throws CONFIG_VALUE where ratings lie beyond the
 * levels.
 */
export function levelMatrices(ratings: SparseMatrix, of: Levels): Record<string, SparseMatrix> {
  const { offsets, items, values, columns } = ratings;
  checkScale(values ?? new Float32Array(0), of);
  const each = Array.from(items, (_, at) => shares(values?.[at] ?? mostOf(of), of));
  return Object.fromEntries(
    Array.from({ length: of.levels }, (_, level): [string, SparseMatrix] => {
      const chosen = [...each.keys()].filter((at) => (each[at]?.[level] as number) > 0);
      const before = new Int32Array(items.length + 1);
      for (const at of chosen) before[at + 1] = 1;
      for (let at = 0; at < items.length; at++) before[at + 1] = (before[at + 1] as number) + (before[at] as number);
      return [
        levelName(level),
        {
          offsets: offsets.map((start) => before[start] as number),
          items: Int32Array.from(chosen, (at) => items[at] as number),
          values: Float32Array.from(chosen, (at) => each[at]?.[level] as number),
          columns,
        },
      ];
    }),
  );
}

function checkScale(values: Float32Array, of: Levels): void {
  const { levels, least, step } = of;
  const within = [least, mostOf(of)] as const;
  const [lowest, highest] = values.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)] as const, within);
  if (lowest >= least && highest <= within[1]) return;
  fail("CONFIG_VALUE", {
    what: "Ratings lie beyond the levels of the model",
    expected: `ratings from ${least} to ${within[1]}`,
    received: `ratings from ${lowest} to ${highest}`,
    fix: `Say which there are, for instance --set least=${lowest} step=${step} levels=${Math.max(levels, Math.round((highest - lowest) / step) + 1)}.`,
  });
}

export const levelName = (level: number): string => `level/${level}`;

/** What the ratings of each item tell, by a table of the users for each level: `[items, width]`, over the matrices of `levelMatrices`. */
export function toldByRatings(tables: readonly Tensor[], items: number, nn: Builder): Tensor {
  const parts = tables.map((table, level) =>
    nn.spmm(nn.data(levelName(level), table.shape[0] as number, items), table, { transpose: true }),
  );
  return sum(parts, nn);
}

/** The larger of two, number by number. */
export const larger = (a: Tensor, b: Tensor, nn: Builder): Tensor => nn.add(a, nn.unary("relu", nn.sub(b, a)));

/** Probabilities of the levels from their logits, each `[batch]`. */
export function softmax(logits: readonly Tensor[], nn: Builder): Tensor[] {
  const highest = logits.reduce((a, b) => larger(a, b, nn));
  const powers = logits.map((logit) => nn.unary("exp", nn.sub(logit, highest)));
  const total = sum(powers, nn);
  return powers.map((power) => nn.div(power, total));
}

/** The mean rating by these probabilities, `[batch]`. */
export const expected = (probabilities: readonly Tensor[], of: Levels, nn: Builder): Tensor =>
  sum(
    ratingsOf(of).map((rating, level) => nn.affine(probabilities[level] as Tensor, rating)),
    nn,
  );

/** A level for each row, drawn by these probabilities: 1 at its place, 0 at the others. */
export function drawn(name: string, probabilities: readonly Tensor[], nn: Builder): Tensor[] {
  const [first, ...others] = probabilities.map((each) => nn.expandLast(each, 1));
  const levels = nn.categorical(name, nn.concat(first as Tensor, ...others));
  return probabilities.map((_, level) => nn.squeezeLast(nn.slice(levels, level, 1)));
}

export const sum = (xs: readonly Tensor[], nn: Builder): Tensor => xs.reduce((a, b) => nn.add(a, b));
