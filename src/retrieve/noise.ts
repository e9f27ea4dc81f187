import type { History } from "../artifact/types.ts";
import { rowOf } from "../core/csr.ts";
import { curvatureOf, type Seen } from "./curvature.ts";
import { type Evidence, type KnownItems, termsOf } from "./evidence.ts";
import { evenly, usersWithHistory } from "./prior.ts";
import { cholesky, dot, solve } from "./symmetric.ts";
import type { UserScore } from "./user-score.ts";

/** Users whose errors are looked at, evenly among all: some thousand interactions. */
const MOST_USERS = 64;

/** Least variance: a run that explains everything would leave no room for what it knows of its users. */
const LEAST = 1e-6;

/** Share of the interactions that rows can have taken up at most, as far as this rough count tells. */
const MOST_TAKEN = 0.5;

interface Scoring {
  readonly scores: UserScore;
  evidence(known: KnownItems): Evidence;
}

/**
 * Variance of what a run's scores leave unexplained, of its own users: the squared errors over their interactions, divided by
 * what of these the rows did not take up themselves (count minus the trace of the hat matrix). The users' share is computed;
 * the items' rows were fitted to the same interactions, and are taken to hold as much per row.
 */
export async function noiseOf(
  scoring: Scoring,
  history: History,
  precision: Float64Array,
  itemCount: number,
): Promise<number> {
  const users = usersWithHistory(history);
  const looks: Look[] = [];
  for (const user of evenly(users, MOST_USERS)) looks.push(await lookAt(scoring, history, user));
  let [squares, count] = [0, 0];
  for (const { seen } of looks) {
    squares += 2 * seen.terms.value;
    count += seen.terms.curvature.reduce((sum, weight) => sum + weight, 0);
  }
  if (count === 0) return 1;
  const first = precision.map((value) => value * Math.max(LEAST, squares / count));
  const taken = looks.reduce((sum, look) => sum + takenUp(look, first), 0) * (1 + itemCount / users.length);
  return Math.max(LEAST, squares / (count - Math.min(taken, MOST_TAKEN * count)));
}

interface Look {
  readonly evidence: Evidence;
  readonly seen: Seen;
}

async function lookAt(scoring: Scoring, history: History, user: number): Promise<Look> {
  const items = rowOf(history, user);
  const from = history.offsets[user] as number;
  const values = history.values?.subarray(from, from + items.length) ?? new Float32Array(items.length).fill(1);
  const evidence = scoring.evidence({ items, values });
  const scored = await scoring.scores.seeing(items).over(evidence.items)(scoring.scores.rowOf(user));
  return { evidence, seen: { ...scored, terms: termsOf(evidence, scored.score) } };
}

/** Trace of the hat matrix of one user's row. */
function takenUp({ evidence, seen }: Look, precision: Float64Array): number {
  const width = Math.sqrt(precision.length);
  const factor = cholesky(curvatureOf(evidence, seen, precision), width);
  let sum = 0;
  for (const [i, weight] of seen.terms.curvature.entries()) {
    const slope = seen.slope.subarray(i * width, (i + 1) * width);
    sum += weight * dot(slope, solve(factor, slope));
  }
  return sum;
}
