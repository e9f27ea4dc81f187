import { fail } from "../../core/errors.ts";
import { turn } from "../../core/turns.ts";
import type {
  Csr,
  LeastSquaresProblem,
  NeighbourProblem,
  SlimProblem,
  SolveControl,
  Solver,
  SparseMatrix,
} from "../contract.ts";
import { eigen } from "./eigen.ts";
import { invertSpd } from "./spd.ts";

/** Solutions as they are defined: dense matrices, float64, on the calling thread. */
export const referenceSolver: Solver = {
  async ease(matrix, l2, control) {
    await begin(matrix, control);
    if (!(l2 > 0 && Number.isFinite(l2))) {
      fail("ENGINE_INPUT", { what: "EASE needs an L2 regularization", expected: "a number over 0", received: `${l2}` });
    }
    const n = matrix.columns;
    const gram = gramOf(matrix);
    for (let i = 0; i < n; i++) add(gram, i * n + i, l2);
    const p = invertSpd(gram, n) ?? notDefinite();
    return Float32Array.from(p, (value, place) => {
      const [i, j] = [Math.floor(place / n), place % n];
      return i === j ? 0 : -value / at(p, j * n + j);
    });
  },

  async neighbours(problem, control) {
    const { matrix, count } = problem;
    await begin(matrix, control);
    const columns = transposed(matrix);
    const lists = Array.from({ length: matrix.columns }, (_, i) =>
      similarities(columns, i, problem)
        .filter(({ column, value }) => column !== i && value > 0)
        .sort((a, b) => b.value - a.value || a.column - b.column)
        .slice(0, count)
        .sort((a, b) => a.column - b.column),
    );
    return fromLists(lists);
  },

  async slim(problem, control) {
    const { matrix, count } = problem;
    await begin(matrix, control);
    const gram = gramOf(matrix);
    const lists = Array.from({ length: matrix.columns }, (_, j) =>
      columnWeights(gram, matrix.columns, j, problem)
        .filter(({ value }) => value > 0)
        .sort((a, b) => b.value - a.value || a.column - b.column)
        .slice(0, count)
        .sort((a, b) => a.column - b.column),
    );
    return fromLists(lists);
  },

  async singularVectors({ matrix, count }, control) {
    await begin(matrix, control);
    const n = matrix.columns;
    const { values, vectors } = eigen(gramOf(matrix), n);
    const found = new Float32Array(n * count);
    for (const [k, vector] of vectors.slice(0, count).entries()) {
      if (!(at(values, k) > 1e-6 * at(values, 0))) continue;
      const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
      for (const [i, value] of vector.entries()) found[i * count + k] = largest < 0 ? -value : value;
    }
    return found;
  },

  async leastSquares(problem, control) {
    const { matrix, width, l2 } = problem;
    await begin(matrix, control);
    const factors = new Float32Array(rowCount(matrix) * width);
    const everywhere = weightedGram(problem);
    for (let row = 0; row < l2.length; row++) factors.set(solveRow(problem, everywhere, row), row * width);
    return factors;
  },
};

async function begin(matrix: SparseMatrix, { signal }: SolveControl): Promise<void> {
  await turn();
  checkDistinct(matrix);
  if (signal?.aborted) fail("TRAIN_CANCELLED", { what: "Solving was cancelled", cause: signal.reason });
}

function checkDistinct({ offsets, items }: SparseMatrix): void {
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let e = at(offsets, row) + 1; e < at(offsets, row + 1); e++) {
      if (at(items, e) !== at(items, e - 1)) continue;
      fail("ENGINE_INPUT", {
        what: "A row of the matrix that is solved for has a column twice",
        expected: "distinct columns in a row",
        received: `column ${at(items, e)} twice in row ${row}`,
      });
    }
  }
}

const at = (values: ArrayLike<number>, index: number): number => values[index] as number;
const rowCount = ({ offsets }: Csr): number => offsets.length - 1;

function add(out: Float64Array, place: number, value: number): void {
  out[place] = at(out, place) + value;
}

/** Columns and values of a row. */
function* entriesOf({ offsets, items, values }: Csr, row: number): Generator<readonly [number, number]> {
  for (let e = at(offsets, row); e < at(offsets, row + 1); e++) yield [at(items, e), values ? at(values, e) : 1];
}

/** `X^T X`, `[columns, columns]`. */
function gramOf(matrix: SparseMatrix): Float64Array {
  const n = matrix.columns;
  const gram = new Float64Array(n * n);
  for (let row = 0; row < rowCount(matrix); row++) {
    for (const [i, v] of entriesOf(matrix, row))
      for (const [j, w] of entriesOf(matrix, row)) add(gram, i * n + j, v * w);
  }
  return gram;
}

/** SLIM's weights of one column, one at a time to where it is best, until they rest. */
function columnWeights(
  gram: Float64Array,
  n: number,
  j: number,
  { l1, l2, passes, tolerance }: SlimProblem,
): { column: number; value: number }[] {
  const weights = new Float64Array(n);
  for (let pass = 0, largest = Number.POSITIVE_INFINITY; pass < passes && largest > tolerance; pass++) {
    largest = 0;
    for (let i = 0; i < n; i++) {
      const [own, square] = [at(weights, i), at(gram, i * n + i)];
      if (i === j || square === 0) continue;
      const explained = weights.reduce((sum, weight, k) => sum + weight * at(gram, i * n + k), -own * square);
      const best = Math.max(0, (at(gram, i * n + j) - explained - l1) / (square + l2));
      weights[i] = best;
      largest = Math.max(largest, Math.abs(best - own));
    }
  }
  return Array.from(weights, (value, column) => ({ column, value }));
}

/** For each column its rows and values. */
function transposed(matrix: SparseMatrix): ReadonlyMap<number, number>[] {
  const columns = Array.from({ length: matrix.columns }, () => new Map<number, number>());
  for (let row = 0; row < rowCount(matrix); row++)
    for (const [column, value] of entriesOf(matrix, row)) columns[column]?.set(row, value);
  return columns;
}

function similarities(
  columns: readonly ReadonlyMap<number, number>[],
  i: number,
  { normalize, shrinkage, weights }: NeighbourProblem,
): { column: number; value: number }[] {
  const own = columns[i] as ReadonlyMap<number, number>;
  const lengthOf = (column: ReadonlyMap<number, number>) =>
    Math.sqrt([...column.values()].reduce((s, v) => s + v * v, 0));
  return columns.map((other, column) => {
    const dot = [...own].reduce((sum, [row, value]) => sum + value * (other.get(row) ?? 0), 0);
    const weight = weights ? at(weights, column) : 1;
    if (normalize) return { column, value: (weight * dot) / (lengthOf(own) * lengthOf(other) + shrinkage || 1) };
    return { column, value: weight * (shrinkage > 0 ? dot / shrinkage : dot) };
  });
}

function fromLists(lists: readonly (readonly { column: number; value: number }[])[]): Csr {
  const offsets = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) offsets[i + 1] = at(offsets, i) + list.length;
  const all = lists.flat();
  const items = Int32Array.from(all, ({ column }) => column);
  return { offsets, items, values: Float32Array.from(all, ({ value }) => value) };
}

/** `unobserved Y^T Y`, `[width, width]`. */
function weightedGram({ fixed, width, unobserved }: LeastSquaresProblem): Float64Array {
  const gram = new Float64Array(width * width);
  for (let start = 0; start < fixed.length; start += width) {
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        add(gram, i * width + j, unobserved * at(fixed, start + i) * at(fixed, start + j));
  }
  return gram;
}

function solveRow(problem: LeastSquaresProblem, everywhere: Float64Array, row: number): Float64Array {
  const { matrix, fixed, width, offset, l2 } = problem;
  const a = everywhere.slice();
  const b = new Float64Array(width);
  for (const [column, weight] of entriesOf(matrix, row)) {
    const y = fixed.subarray(column * width, (column + 1) * width);
    for (let i = 0; i < width; i++) {
      add(b, i, (weight + offset) * at(y, i));
      for (let j = 0; j < width; j++) add(a, i * width + j, weight * at(y, i) * at(y, j));
    }
  }
  for (let i = 0; i < width; i++) add(a, i * width + i, at(l2, row));
  const inverse = invertSpd(a, width) ?? noSolution();
  return b.map((_, i) => b.reduce((sum, value, j) => sum + at(inverse, i * width + j) * value, 0));
}

const notDefinite = (): never =>
  fail("ENGINE_INPUT", {
    what: "The matrix is not positive definite",
    expected: "a larger L2 regularization, or fewer items that always occur together",
  });
const noSolution = (): never =>
  fail("ENGINE_INPUT", {
    what: "A row's least squares have no single solution",
    expected: "an L2 regularization over 0",
  });
