import { fail } from "../core/errors.ts";
import type { Plan } from "../graph/plan.ts";
import { checkedDiversity, type DiversityRequest } from "../rerank/diversify.ts";
import type {
  Csr,
  DataMatrices,
  FeedSpec,
  Feeds,
  IndexSearch,
  IndexSpec,
  NeighbourProblem,
  ScoreSpec,
  SparseMatrix,
  TrainSpec,
} from "./contract.ts";
import { matricesOf } from "./data.ts";

/** Elements of 4 bytes, which cross as they are. */
export type Words = Float32Array | Int32Array | Uint32Array;

/** A request to the Rust core: plain facts, and the arrays in the order in which it reads them. */
export interface Request {
  readonly value: object;
  readonly arrays: readonly Words[];
}

export const rowsOf = ({ offsets, items }: Csr): readonly Words[] => [offsets, items];

export function trainRequest(spec: TrainSpec, threads: number): Request {
  const { plan, parameters, data, feed, optimizer, batchSize, seed } = spec;
  const { distribution, interactions, known, dislikes } = feed;
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
      ...(dislikes ? [...rowsOf(dislikes), dislikes.values ?? new Float32Array(dislikes.items.length).fill(1)] : []),
    ],
  };
}

const feedFacts = ({
  kind,
  negatives,
  distribution,
  shuffle,
  users,
  items,
  interactions,
  dislikes,
}: FeedSpec): object => ({
  kind,
  negatives,
  users,
  items,
  shuffle: shuffle === "rows",
  values: interactions.values !== undefined,
  alias: distribution.kind === "alias",
  dislikes: dislikes !== undefined,
});

export function scoreRequest({ plan, parameters, data, users, items }: ScoreSpec, threads: number): Request {
  const matrices = matricesOf(plan, data);
  const named = { parameters: Object.keys(parameters), data: matrices.map(factsOf) };
  const value = { plan: JSON.stringify(plan), ...named, users, items, threads };
  return { value, arrays: [...Object.values(parameters), ...matrices.flatMap(arraysOf)] };
}

export function evaluateRequest(
  plan: Plan,
  parameters: Readonly<Record<string, Float32Array>>,
  feeds: Feeds,
  seed: number,
  data: DataMatrices,
): Request {
  const isIds = ([, values]: readonly [string, Words]) => values instanceof Int32Array;
  const inputs = Object.entries(feeds);
  const [ids, floats] = [inputs.filter(isIds), inputs.filter((input) => !isIds(input))];
  const names = (list: readonly (readonly [string, Words])[]) => list.map(([name]) => name);
  const matrices = matricesOf(plan, data);
  return {
    value: {
      plan: JSON.stringify(plan),
      parameters: Object.keys(parameters),
      data: matrices.map(factsOf),
      ids: names(ids),
      floats: names(floats),
      seed: seed >>> 0,
    },
    arrays: [
      ...Object.values(parameters),
      ...matrices.flatMap(arraysOf),
      ...[...ids, ...floats].map(([, values]) => values),
    ],
  };
}

export function indexRequest({ vectors, width, cells, seed }: IndexSpec, threads: number): Request {
  if (typeof cells === "number") return { value: { width, cells, seed: seed >>> 0, threads }, arrays: [vectors] };
  return { value: { width, given: true, threads }, arrays: [vectors, cells.centroids, cells.cellOf] };
}

/** Throws CONFIG_VALUE where a number lies outside its range. */
export function diversityRequest(request: DiversityRequest): Request {
  const { scores, traits, diversity, k } = checkedDiversity(request);
  const numbers =
    diversity.method === "ssd"
      ? { method: "ssd", weight: diversity.gamma, window: Math.min(diversity.window as number, scores.length + 1) }
      : { method: diversity.method, weight: diversity.lambda };
  const words = new Uint32Array(Float64Array.from(scores).buffer);
  const value = { ...numbers, k: Math.min(k, scores.length) };
  if ("vectors" in traits) return { value: { ...value, width: traits.width }, arrays: [words, traits.vectors] };
  return { value: { ...value, sets: true, things: traits.things }, arrays: [words, ...rowsOf(traits.sets)] };
}

/** Throws ENGINE_INPUT where the queries do not fit the index, or the exclusions the queries. */
export function rowsOfSearch({ queries, exclude }: IndexSearch, width: number): number {
  const rows = queries.length / width;
  if (!Number.isInteger(rows) || !queries.every(Number.isFinite)) {
    fail("ENGINE_INPUT", {
      what: "The queries of an index do not fit it",
      expected: `rows of ${width} finite numbers`,
    });
  }
  if (exclude && exclude.offsets.length !== rows + 1) {
    fail("ENGINE_INPUT", { what: "The exclusions of a search are of other rows", expected: `${rows}` });
  }
  return rows;
}

/** `problem`: the kind and its numbers; `arrays`: those of the kind. */
export function solveRequest(matrix: SparseMatrix, problem: object, arrays: readonly Words[]): Request {
  return { value: { ...problem, matrix: factsOf(matrix) }, arrays: [...arraysOf(matrix), ...arrays] };
}

/** What is asked about neighbours, and the array that goes with it. */
export function neighbourRequest({ count, normalize, shrinkage, weights }: NeighbourProblem): [object, Words[]] {
  const weighted = weights !== undefined;
  return [{ kind: "neighbours", count, normalize, shrinkage, weighted }, weighted ? [weights] : []];
}

/** What is said of a matrix as JSON; its arrays follow. */
const factsOf = ({ name, offsets, columns, values }: SparseMatrix & { readonly name?: string }): object => ({
  name,
  rows: offsets.length - 1,
  columns,
  values: values !== undefined,
});

const arraysOf = (matrix: Csr): readonly Words[] => [
  ...rowsOf(matrix),
  ...(matrix.values === undefined ? [] : [matrix.values]),
];
