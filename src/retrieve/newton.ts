import { dot } from "./symmetric.ts";

/** A function at a point, with what a Newton step needs. */
export interface Point<At> {
  readonly value: number;
  readonly at: At;
}

export interface Convex<At> {
  evaluate(x: Float64Array): Promise<Point<At>>;
  gradient(x: Float64Array, at: At): Float64Array;
  /** The curvature, which is positive definite, times a vector. */
  curvature(v: Float64Array, at: At): Float64Array;
  /** Something near to the curvature's inverse, positive definite too, times a vector. */
  precondition(v: Float64Array): Float64Array;
  /** Called between steps. */
  breathe(): Promise<void>;
}

export interface Minimum<At> {
  readonly x: Float64Array;
  readonly at: At;
}

const MOST_STEPS = 50;
/** Expected decrease, relative to the value, under which scores in 32 bits tell no difference. */
const SMALLEST = 1e-7;
/** Decrease, relative to the value, of a step after which no other is worth its time: at the corners of ReLU there are many. */
const LAST = 1e-5;
const MOST_HALVINGS = 8;
/** Share of the expected decrease that a step must bring (Nocedal & Wright, "Numerical Optimization", section 3.1). */
const SUFFICIENT = 1e-4;
/** Share of the gradient, as the preconditioner measures it, that a step may leave. */
const RESIDUE = 1e-4;

/**
 * Newton's method with a backtracking line search: one step where the function is quadratic. Steps are found by conjugate
 * gradients, so that the curvature is never written down (Nocedal & Wright, section 7.1).
 */
export async function minimize<At>(convex: Convex<At>, start: Float64Array): Promise<Minimum<At>> {
  let [x, point] = [start, await convex.evaluate(start)];
  for (let step = 0, isLast = false; step < MOST_STEPS && !isLast; step++) {
    await convex.breathe();
    const next = await descend(convex, x, point);
    if (!next) break;
    isLast = point.value - next.point.value < LAST * (1 + Math.abs(point.value));
    ({ x, point } = next);
  }
  return { x, at: point.at };
}

interface Step<At> {
  readonly x: Float64Array;
  readonly point: Point<At>;
}

/** Undefined where there is nothing to gain. */
async function descend<At>(convex: Convex<At>, x: Float64Array, from: Point<At>): Promise<Step<At> | undefined> {
  const gradient = convex.gradient(x, from.at);
  const step = solved(convex, from.at, gradient);
  const decrease = dot(gradient, step);
  if (!(decrease > SMALLEST * (1 + Math.abs(from.value)))) return undefined;
  for (let halving = 0, length = 1; halving <= MOST_HALVINGS; halving++, length /= 2) {
    const next = x.map((value, i) => value - length * (step[i] as number));
    const point = await convex.evaluate(next);
    if (point.value <= from.value - SUFFICIENT * length * decrease) return { x: next, point };
  }
  return undefined;
}

/** The curvature's inverse times b: preconditioned conjugate gradients (Nocedal & Wright, algorithm 5.3). */
function solved<At>(convex: Convex<At>, at: At, b: Float64Array): Float64Array {
  const x = new Float64Array(b.length);
  const rest = b.slice();
  let near = convex.precondition(rest);
  let size = dot(rest, near);
  const enough = RESIDUE ** 2 * size;
  const along = near.slice();
  for (let i = 0; i < b.length && size > enough; i++) {
    const bent = convex.curvature(along, at);
    const length = size / dot(along, bent);
    for (let k = 0; k < x.length; k++) {
      x[k] = (x[k] as number) + length * (along[k] as number);
      rest[k] = (rest[k] as number) - length * (bent[k] as number);
    }
    near = convex.precondition(rest);
    const before = size;
    size = dot(rest, near);
    for (let k = 0; k < x.length; k++) along[k] = (near[k] as number) + (size / before) * (along[k] as number);
  }
  return x;
}
