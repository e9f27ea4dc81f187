import { checkCount, checkWithin, greedy } from "./greedy.ts";
import { dot, normalized } from "./likeness.ts";
import { scaled } from "./scale.ts";

export interface SsdOptions {
  readonly k: number;
  /** Weight of the volume, at least 0. Default 0.25. */
  readonly gamma?: number | undefined;
  /** Items that a viewer has in sight: those further back do not count. Default 5. */
  readonly window?: number | undefined;
}

/**
 * Sliding spectrum decomposition: places of the candidates in their new order. Each next one has the largest
 * score + gamma * volume * length of what its vector adds, where volume is that spanned by those in the window before it; scores are scaled to [0, 1], vectors to length 1.
 * `vectors`: `[candidates, width]`. Throws CONFIG_VALUE.
 * Huang et al., "Sliding spectrum decomposition for diversified recommendation", KDD 2021, algorithm 1.
 */
export function ssd(
  scores: ArrayLike<number>,
  vectors: Float32Array,
  width: number,
  { k, gamma = 0.25, window = 5 }: SsdOptions,
): Int32Array {
  checkWithin(gamma, "gamma", [0, Number.POSITIVE_INFINITY]);
  checkCount(window, "window");
  const relevance = scaled(scores);
  const rows = normalized(vectors, width);
  const seen: Direction[] = [];
  let volume = 1;
  return greedy(
    scores.length,
    k,
    (place) =>
      (relevance[place] as number) + gamma * volume * Math.sqrt(dot(rows, place * width, place * width, width)),
    (place) => {
      if (seen.length === window - 1 && seen.length > 0) volume /= leave(rows, seen.shift() as Direction, width);
      if (window === 1) return;
      const direction = enter(rows, place, width);
      volume *= direction.length;
      seen.push(direction);
    },
  );
}

/** A vector in the window, orthogonal to those before it, and how much of it stood in each row. */
interface Direction {
  readonly vector: Float64Array;
  /** 1 where nothing is left of it: then it spans nothing, and takes nothing away. */
  readonly length: number;
  readonly shares: Float64Array;
}

function enter(rows: Float64Array, place: number, width: number): Direction {
  const vector = rows.slice(place * width, (place + 1) * width);
  const squares = dot(vector, 0, 0, width);
  const shares = new Float64Array(rows.length / width);
  if (squares < 1e-12) return { vector, length: 1, shares };
  for (let row = 0; row < shares.length; row++) {
    let product = 0;
    for (let i = 0; i < width; i++) product += (rows[row * width + i] as number) * (vector[i] as number);
    shares[row] = product / squares;
  }
  move(rows, { vector, shares }, width, -1);
  return { vector, length: Math.sqrt(squares), shares };
}

/** Gives back what it took from each row; its length. */
function leave(rows: Float64Array, direction: Direction, width: number): number {
  move(rows, direction, width, 1);
  return direction.length;
}

function move(
  rows: Float64Array,
  { vector, shares }: Pick<Direction, "vector" | "shares">,
  width: number,
  sign: 1 | -1,
): void {
  for (let row = 0; row < shares.length; row++) {
    const by = sign * (shares[row] as number);
    if (by === 0) continue;
    for (let i = 0; i < width; i++)
      rows[row * width + i] = (rows[row * width + i] as number) + by * (vector[i] as number);
  }
}
