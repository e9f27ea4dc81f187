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

/** Below this length nothing of a vector is left: it spans nothing that the others do not. */
const NOTHING = 1e-6;

/**
 * Sliding spectrum decomposition: places of the candidates in their new order. Each next one has the largest
 * score + gamma * volume * length of what its vector adds, where volume is that spanned by the window - 1 before it; scores are scaled to [0, 1], vectors
 * to length 1. A vector that adds nothing leaves the volume as it is. `vectors`: `[candidates, width]`. Throws CONFIG_VALUE.
 * Huang et al., "Sliding spectrum decomposition for diversified recommendation", KDD 2021, section 4.2; the volume of the window is computed anew
 * as it slides, where the paper's algorithm 1 only gives back what the oldest vector took.
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
  let seen: number[] = [];
  let volume = 1;
  let rest = Float64Array.from(relevance, (_, row) => dot(rows, row * width, row * width, width));
  return greedy(
    scores.length,
    k,
    (place) => (relevance[place] as number) + gamma * volume * Math.sqrt(Math.max(0, rest[place] as number)),
    (place) => {
      seen = window > 1 ? [...seen, place].slice(1 - window) : [];
      const basis = new Basis(rows, width, seen);
      volume = basis.volume;
      rest = rest.map((_, row) => basis.outside(row));
    },
  );
}

/** Orthonormal directions of some rows, by Gram and Schmidt. */
class Basis {
  readonly volume: number;
  readonly #rows: Float64Array;
  readonly #width: number;
  readonly #directions: Float64Array[] = [];

  constructor(rows: Float64Array, width: number, chosen: readonly number[]) {
    this.#rows = rows;
    this.#width = width;
    let volume = 1;
    for (const row of chosen) {
      const direction = rows.slice(row * width, (row + 1) * width);
      for (const before of this.#directions) {
        const share = this.#product(before, row);
        for (let i = 0; i < width; i++) direction[i] = (direction[i] as number) - share * (before[i] as number);
      }
      const length = Math.sqrt(dot(direction, 0, 0, width));
      if (length < NOTHING) continue;
      volume *= length;
      this.#directions.push(direction.map((value) => value / length));
    }
    this.volume = volume;
  }

  /** Squared length of what a row adds. */
  outside(row: number): number {
    let squares = dot(this.#rows, row * this.#width, row * this.#width, this.#width);
    for (const direction of this.#directions) squares -= this.#product(direction, row) ** 2;
    return squares;
  }

  #product(direction: Float64Array, row: number): number {
    let sum = 0;
    for (let i = 0; i < this.#width; i++)
      sum += (direction[i] as number) * (this.#rows[row * this.#width + i] as number);
    return sum;
  }
}
