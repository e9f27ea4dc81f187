/**
 * What is known of somebody before they did anything: they are like the run's users. Empirical Bayes, with the mean and the
 * covariance of the users' own rows; so how strongly somebody of whom little is known is drawn to the average user follows
 * from how much users differ, whatever is known of them.
 */
import type { History } from "../artifact/types.ts";
import { filledRows } from "../core/csr.ts";
import { givesWay } from "../core/turns.ts";
import { addSquares, cholesky, dot, inverse } from "./symmetric.ts";
import type { UserScore } from "./user-score.ts";

export interface Prior {
  /** The average user's row. */
  readonly mean: Float64Array;
  /** How users differ; lower triangle, as its inverse. */
  readonly covariance: Float64Array;
  readonly precision: Float64Array;
}

/** Users that the covariance is taken from, evenly among all. */
const MOST_USERS = 2048;
/** Users added up before others may have their turn. */
const TURN = 1024;
/** Least variance of a number of the row, where all users are alike. */
const LEAST = 1e-9;

/** Of the users who have a history: the others' rows are still those that training began with. */
export async function priorOf(scores: UserScore, history: History): Promise<Prior> {
  const users = usersWithHistory(history);
  const mean = await meanOf(scores, users);
  const sample = evenly(users, MOST_USERS).map((user) =>
    scores.rowOf(user).map((value, i) => value - (mean[i] as number)),
  );
  const covariance = shrunk(sample, scores.width);
  return { mean, covariance, precision: inverse(cholesky(covariance, scores.width), scores.width) };
}

export const usersWithHistory = (history: History): number[] => [...filledRows(history)];

/** At most so many of them, at even distances. */
export function evenly<T>(all: readonly T[], most: number): T[] {
  const count = Math.min(all.length, most);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}

async function meanOf(scores: UserScore, users: readonly number[]): Promise<Float64Array> {
  const sums = new Float64Array(scores.width);
  const pause = givesWay();
  for (const [n, user] of users.entries()) {
    if (n % TURN === 0) await pause();
    for (const [i, value] of scores.rowOf(user).entries()) sums[i] = (sums[i] as number) + value;
  }
  return sums.map((sum) => sum / Math.max(1, users.length));
}

/**
 * Covariance of centred rows, drawn to a multiple of the identity as far as so few rows are uncertain: Ledoit & Wolf, "A
 * well-conditioned estimator for large-dimensional covariance matrices", 2004, section 3.2.
 */
export function shrunk(rows: readonly Float64Array[], width: number): Float64Array {
  const covariance = new Float64Array(width * width);
  const count = Math.max(1, rows.length);
  for (const row of rows) addSquares(covariance, width, [1 / count], row);
  const variance = trace(covariance, width) / width;
  const fourth = rows.reduce((sum, row) => sum + dot(row, row) ** 2, 0) / count;
  const squares = squaredNorm(covariance, width);
  const spread = squares - width * variance ** 2;
  const uncertain = Math.min(spread, (fourth - squares) / count);
  const share = spread > 0 ? uncertain / spread : 1;
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) covariance[i * width + j] = (1 - share) * (covariance[i * width + j] as number);
    const own = i * width + i;
    covariance[own] = (covariance[own] as number) + Math.max(LEAST, share * variance);
  }
  return covariance;
}

function trace(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[i * size + i] as number;
  return sum;
}

/** Of the whole matrix, whose lower triangle is given. */
function squaredNorm(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) sum += (i === j ? 1 : 2) * (a[i * size + j] as number) ** 2;
  }
  return sum;
}
