import type { Csr, FeedSpec, ScoreSpec, SparseMatrix, TrainSpec } from "../contract.ts";
import { matricesOf } from "../data.ts";
import type { Words } from "./message.ts";

/** A request: what is sent as JSON, and the arrays in the order in which `native/wasm` reads them. */
export interface Request {
  readonly value: object;
  readonly arrays: readonly Words[];
}

export const rowsOf = ({ offsets, items }: Csr): readonly Words[] => [offsets, items];

export function trainRequest(spec: TrainSpec, threads: number): Request {
  const { plan, parameters, data, feed, optimizer, batchSize, seed } = spec;
  const { distribution, interactions, known } = feed;
  const matrices = matricesOf(plan, data);
  const alias = distribution.kind === "alias" ? [distribution.thresholds, distribution.aliases] : [];
  const values = interactions.values === undefined ? [] : [interactions.values];
  return {
    value: {
      plan: JSON.stringify(plan),
      parameters: Object.keys(parameters),
      data: matrices.map(factsOf),
      feed: feedFacts(feed),
      optimizer,
      batchSize,
      seed: seed >>> 0,
      threads,
    },
    arrays: [
      ...Object.values(parameters),
      ...matrices.flatMap(arraysOf),
      ...rowsOf(interactions),
      ...rowsOf(known),
      ...values,
      ...alias,
    ],
  };
}

const feedFacts = ({ kind, negatives, distribution, shuffle, users, items, interactions }: FeedSpec): object => ({
  kind,
  negatives,
  users,
  items,
  shuffle: shuffle === "rows",
  values: interactions.values !== undefined,
  alias: distribution.kind === "alias",
});

export function scoreRequest({ plan, parameters, data, users, items }: ScoreSpec, threads: number): Request {
  const matrices = matricesOf(plan, data);
  const named = { parameters: Object.keys(parameters), data: matrices.map(factsOf) };
  const value = { plan: JSON.stringify(plan), ...named, users, items, threads };
  return { value, arrays: [...Object.values(parameters), ...matrices.flatMap(arraysOf)] };
}

/** What is said of a matrix as JSON; its arrays follow. */
export const factsOf = ({ name, offsets, columns, values }: SparseMatrix & { readonly name?: string }): object => ({
  name,
  rows: offsets.length - 1,
  columns,
  values: values !== undefined,
});

export const arraysOf = (matrix: Csr): readonly Words[] => [
  ...rowsOf(matrix),
  ...(matrix.values === undefined ? [] : [matrix.values]),
];
