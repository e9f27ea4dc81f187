/** How alike two candidates are, by their places: 1 for the same, 0 for nothing in common; symmetric, in [-1, 1]. */
export type Likeness = (a: number, b: number) => number;

/** Cosine of the rows of a table `[candidates, width]`; a row of zeros is like nothing. */
export function cosineOf(vectors: Float32Array, width: number): Likeness {
  const inverse = Float64Array.from({ length: vectors.length / width }, (_, row) => {
    const square = dot(vectors, row * width, row * width, width);
    return square > 0 ? 1 / Math.sqrt(square) : 0;
  });
  return (a, b) => dot(vectors, a * width, b * width, width) * ((inverse[a] as number) * (inverse[b] as number));
}

/** Jaccard: what two have in common, as a share of all that either has; two that have nothing are like nothing. */
export function jaccardOf(sets: readonly ReadonlySet<unknown>[]): Likeness {
  return (a, b) => {
    const [first, second] = [sets[a], sets[b]];
    if (!first || !second) return 0;
    let common = 0;
    for (const one of first) if (second.has(one)) common++;
    const all = first.size + second.size - common;
    return all === 0 ? 0 : common / all;
  };
}

/** Four sums beside each other, which do not wait for one another. */
function dot(rows: Float32Array, a: number, b: number, width: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = width - (width % 4);
  for (let i = 0; i < whole; i += 4) {
    first += (rows[a + i] as number) * (rows[b + i] as number);
    second += (rows[a + i + 1] as number) * (rows[b + i + 1] as number);
    third += (rows[a + i + 2] as number) * (rows[b + i + 2] as number);
    fourth += (rows[a + i + 3] as number) * (rows[b + i + 3] as number);
  }
  for (let i = whole; i < width; i++) first += (rows[a + i] as number) * (rows[b + i] as number);
  return first + second + (third + fourth);
}
