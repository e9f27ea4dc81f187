/**
 * Answers for somebody who was not there in training: the newcomer gets a row of their own, the most probable one given the
 * items that are known and that they are like the run's users (`prior.ts`), everything else frozen. So the run is left as it
 * is, and every model with user rows can do it. With nothing known, the newcomer is the average user.
 *
 * The row minimizes the losses over the known items (`evidence.ts`) plus half the squared distance to the average user, in the
 * metric of the users' covariance: by Newton's method, which is exact after one step where the score is linear in the row and
 * the error squared. The curvature of a network's score is left out (Gauss-Newton), that of the loss is not.
 */
import { type Artifact, dataOf, type FoldInPlans } from "../artifact/types.ts";
import type { Csr } from "../core/csr.ts";
import type { Engine } from "../engine/contract.ts";
import { curvatureAlong, type Seen, slopesOf } from "./curvature.ts";
import { type Evidence, evidenceOf, type KnownItems, termsOf } from "./evidence.ts";
import type { Learning } from "./learning.ts";
import { type Minimum, minimize } from "./newton.ts";
import { noiseOf } from "./noise.ts";
import { once } from "./once.ts";
import { type Prior, priorOf } from "./prior.ts";
import { dot, minus, plus, times } from "./symmetric.ts";
import { type Unknowns, unknownsOf } from "./unknowns.ts";
import { UserScore } from "./user-score.ts";

export type { KnownItems } from "./evidence.ts";

export interface FoldInInput {
  readonly engine: Engine;
  readonly artifact: Artifact;
  readonly learning: Learning | undefined;
}

/** A newcomer's row, and what it was found by. */
export interface Folded extends Minimum<Seen> {
  readonly evidence: Evidence;
  /** Scores of a row beside what is known of the newcomer otherwise. */
  readonly scores: UserScore;
  /** What the prior weighs, as precision; lower triangle. */
  readonly precision: Float64Array;
  /** Whether one step is exact: the error is squared, scores have the same slopes where the fit began and ended, and see no history. */
  readonly isQuadratic: boolean;
  /** The row as tables of one user. */
  readonly tables: Readonly<Record<string, Float32Array>>;
}

/** Undefined for runs without user rows. */
export function foldInOf({ engine, artifact, learning }: FoldInInput): FoldIn | undefined {
  const { foldIn, influence } = artifact.plans;
  if (!foldIn || !influence || !learning) return undefined;
  const { parameters, users } = artifact;
  const tables = foldIn.userParameters;
  const scores = new UserScore({
    engine,
    plan: influence,
    parameters,
    tables,
    users: users.length,
    data: dataOf(artifact),
  });
  return new FoldIn({ plans: foldIn, learning, scores, artifact });
}

interface Parts {
  readonly plans: FoldInPlans;
  readonly learning: Learning;
  readonly scores: UserScore;
  readonly artifact: Artifact;
  /** Of whom the prior is taken; absent where it is to be found. */
  readonly others?: FoldIn;
}

export class FoldIn {
  readonly plans: FoldInPlans;
  readonly scores: UserScore;
  readonly #parts: Parts;
  readonly #prior: () => Promise<Prior>;
  readonly #unknowns: () => Unknowns;

  constructor(parts: Parts) {
    const { plans, learning, scores, artifact, others } = parts;
    const { history, popularity, metadata } = artifact;
    this.#parts = parts;
    this.plans = plans;
    this.scores = scores;
    const exponent = learning.negativeExponent;
    this.#unknowns = others ? others.#unknowns : once(() => unknownsOf({ seed: metadata.seed, popularity, exponent }));
    this.#prior = others
      ? others.#prior
      : once(async () => this.#weighed(await priorOf(this.scores, history), artifact));
  }

  /** The same for somebody of whom this is known besides: one row of features. Undefined: nothing. */
  knowing(features: Csr | undefined): FoldIn {
    if (!features) return this;
    return new FoldIn({ ...this.#parts, scores: this.scores.knowing(features), others: this });
  }

  /** Deterministic. `known` may be empty. `beside`: what it is to be compared with. */
  async fit(known: KnownItems, beside?: Evidence): Promise<Folded> {
    const evidence = this.evidence(known, beside);
    const { mean, covariance, precision } = await this.#prior();
    const scores = this.scores.seeing(known.items);
    const score = scores.over(evidence.items);
    const breathe = breathing();
    const minimum = await minimize<Seen>(
      {
        breathe,
        async evaluate(row) {
          const scored = await score(row);
          const terms = termsOf(evidence, scored.score);
          const away = minus(row, mean);
          return { value: terms.value + dot(away, times(precision, away)) / 2, at: { ...scored, terms } };
        },
        gradient: (row, seen) => plus(times(precision, minus(row, mean)), slopesOf(seen, row.length)),
        curvature: (v, seen) => plus(times(precision, v), curvatureAlong(evidence, seen, v)),
        precondition: (v) => times(covariance, v),
      },
      mean,
    );
    const isLinear = !scores.seesHistory && areAlike(minimum.at.slope, (await score(mean)).slope);
    const isQuadratic = evidence.loss === "mse" && isLinear;
    return { ...minimum, scores, evidence, precision, isQuadratic, tables: scores.tablesOf([minimum.x]) };
  }

  evidence(known: KnownItems, beside?: Evidence): Evidence {
    return evidenceOf(known, this.#parts.learning, this.#unknowns(), beside?.looked);
  }

  /** Squared errors say nothing of their own weight: it is the inverse of what the run leaves unexplained. */
  async #weighed(prior: Prior, { history, items }: Artifact): Promise<Prior> {
    if (this.#parts.learning.loss !== "mse") return prior;
    const { mean, covariance, precision } = prior;
    const noise = await noiseOf(this, history, precision, items.length);
    return {
      mean,
      covariance: covariance.map((value) => value / noise),
      precision: precision.map((value) => value * noise),
    };
  }
}

/** Equal up to rounding in 32 bits. */
const areAlike = (a: Float32Array, b: Float32Array): boolean =>
  a.every((value, i) => Math.abs(value - (b[i] as number)) <= 1e-5 * (1 + Math.abs(value)));

/** Longest stretch of steps before other work of the process gets its turn, in milliseconds. */
const SLICE = 10;

function breathing(): () => Promise<void> {
  let end = performance.now() + SLICE;
  return async () => {
    if (performance.now() < end) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    end = performance.now() + SLICE;
  };
}
