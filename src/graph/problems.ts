import type { Csr, SparseMatrix } from "../core/csr.ts";

/** How a solution is watched and stopped. */
export interface SolveControl {
  /** Worker threads; 0: all processors. The result does not depend on it. */
  readonly threads: number;
  /** Ends the work within 100 ms; the promise rejects with TRAIN_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Told now and then what share of the work is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface NeighbourProblem {
  readonly matrix: SparseMatrix;
  /** Neighbours kept of each column, >= 1. */
  readonly count: number;
  /** Cosines; otherwise inner products. */
  readonly normalize: boolean;
  /** Added to the product of the columns' lengths, >= 0. */
  readonly shrinkage: number;
  /** What a similarity to each column is multiplied by before the best are kept, >= 0. Default: 1. */
  readonly weights?: Float32Array;
}

/**
 * Weights `w >= 0` of the other columns for each column j: those that minimize `|x_j - X w|^2 / 2 + l2 |w|^2 / 2 + l1 sum w`.
 * Ning & Karypis 2011, equation 4.
 */
export interface SlimProblem {
  /** Values >= 0. */
  readonly matrix: SparseMatrix;
  readonly l1: number;
  readonly l2: number;
  /** Weights kept of each column, the largest, >= 1. */
  readonly count: number;
  /** Passes over the weights of a column at most, >= 1. */
  readonly passes: number;
  /** A column is done when a pass changes none of its weights by more. */
  readonly tolerance: number;
}

/**
 * Row r minimizes `sum_e w_e (t_e - x . y_e)^2 + unobserved sum_all (x . y)^2 + l2[r] |x|^2` over its entries e, with
 * `t_e = (w_e + offset) / w_e`. Hu, Koren & Volinsky 2008, equation 4.
 */
export interface LeastSquaresProblem {
  /** Weights of the entries, in addition to `unobserved`. */
  readonly matrix: SparseMatrix;
  /** Factors of the columns, `[columns, width]`. */
  readonly fixed: Float32Array;
  /** Factors of the rows to begin with, `[rows, width]`; left as they are. */
  readonly factors: Float32Array;
  readonly width: number;
  readonly unobserved: number;
  readonly offset: number;
  /** One regularization per row. */
  readonly l2: Float32Array;
  /** Steps of conjugate gradients from `factors`; 0: exact, by Cholesky's factorization. */
  readonly steps: number;
}

/** The largest singular vectors, by subspace iteration (Halko, Martinsson & Tropp 2011, algorithm 4.4). */
export interface SingularVectorsProblem {
  readonly matrix: SparseMatrix;
  /** Vectors, >= 1. */
  readonly count: number;
  /** Products with `X' X`, >= 1; a dozen do for recommendations. The reference engine needs none. */
  readonly iterations: number;
}

/**
 * Parameters that are solved for, of matrices whose rows ascend without repeats. Off the main thread but in the reference engine;
 * ENGINE_INPUT where a problem does not fit, a row has a column twice, or there is no solution, ENGINE_MEMORY where it is too large, TRAIN_CANCELLED.
 */
export interface Solver {
  /** B `[columns, columns]`, row-major, zero diagonal, minimizing `|X - X B|^2 + l2 |B|^2` (EASE, Steck 2019). l2 > 0. */
  ease(matrix: SparseMatrix, l2: number, control: SolveControl): Promise<Float32Array>;
  /** Row i: the columns most similar to column i, ascending; ties by lower column, similarities over 0 only. */
  neighbours(problem: NeighbourProblem, control: SolveControl): Promise<Csr>;
  /** Row j: the weights that foretell column j, ascending by column; of equal weights those of lower columns are kept. */
  slim(problem: SlimProblem, control: SolveControl): Promise<Csr>;
  /**
   * Right singular vectors as columns `[columns, count]`, the largest value first, each with its largest component positive. Those
   * whose value is below a thousandth of the largest, or that the matrix does not have, are 0.
   */
  singularVectors(problem: SingularVectorsProblem, control: SolveControl): Promise<Float32Array>;
  /** New factors of the rows: half an iteration of alternating least squares. */
  leastSquares(problem: LeastSquaresProblem, control: SolveControl): Promise<Float32Array>;
}
