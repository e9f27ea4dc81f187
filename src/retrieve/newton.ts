import { dot, solve } from "./symmetric.ts";

/** A function at a point, with what a Newton step needs. */
export interface Point<At> {
  readonly value: number;
  readonly at: At;
}

export interface Slopes {
  readonly gradient: Float64Array;
  /** Cholesky factor of the curvature, which is positive definite. */
  readonly factor: Float64Array;
}

export interface Convex<At> {
  evaluate(x: Float64Array): Promise<Point<At>>;
  slopes(x: Float64Array, at: At): Slopes;
  /** Called between steps. */
  breathe(): Promise<void>;
}

export interface Minimum<At> extends Slopes {
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

/** Newton's method with a backtracking line search: one step where the function is quadratic. */
export async function minimize<At>(convex: Convex<At>, start: Float64Array): Promise<Minimum<At>> {
  let x = start;
  let point = await convex.evaluate(x);
  let isLast = false;
  for (let step = 0; ; step++) {
    await convex.breathe();
    const slopes = convex.slopes(x, point.at);
    const next: Step<At> | undefined = isLast ? undefined : await descend(convex, x, point, slopes);
    if (!next) return { x, at: point.at, ...slopes };
    isLast = step + 1 >= MOST_STEPS || point.value - next.point.value < LAST * (1 + Math.abs(point.value));
    ({ x, point } = next);
  }
}

interface Step<At> {
  readonly x: Float64Array;
  readonly point: Point<At>;
}

/** Undefined where there is nothing to gain. */
async function descend<At>(
  convex: Convex<At>,
  x: Float64Array,
  from: Point<At>,
  { gradient, factor }: Slopes,
): Promise<Step<At> | undefined> {
  const step = solve(factor, gradient);
  const decrease = dot(gradient, step);
  if (!(decrease > SMALLEST * (1 + Math.abs(from.value)))) return undefined;
  for (let halving = 0, length = 1; halving <= MOST_HALVINGS; halving++, length /= 2) {
    const next = x.map((value, i) => value - length * (step[i] as number));
    const point = await convex.evaluate(next);
    if (point.value <= from.value - SUFFICIENT * length * decrease) return { x: next, point };
  }
  return undefined;
}
