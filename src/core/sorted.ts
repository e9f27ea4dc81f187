/** Whether the ascending array holds the value. */
export function holds(sorted: Int32Array, value: number): boolean {
  return sorted[lowerBound(sorted, value)] === value;
}

/** The first index whose value is >= `value`. */
export function lowerBound(sorted: Int32Array | Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The r-th (from 0) non-negative integer that the ascending, distinct array does not hold. */
export function nthMissing(sorted: Int32Array, r: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // sorted[middle] - middle integers are missing below sorted[middle].
    if ((sorted[middle] as number) - middle > r) high = middle;
    else low = middle + 1;
  }
  return r + low;
}

/** Union of arrays, ascending and distinct. */
export function union(...parts: readonly Int32Array[]): Int32Array {
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length === 0) return new Int32Array(0);
  const all = new Int32Array(filled.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of filled) {
    all.set(part, end);
    end += part.length;
  }
  if (filled.length > 1 || !ascending(all)) all.sort();
  let kept = 0;
  for (let i = 0; i < all.length; i++) {
    if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i] as number;
  }
  return all.subarray(0, kept);
}

function ascending(values: Int32Array): boolean {
  for (let i = 1; i < values.length; i++) if ((values[i] as number) < (values[i - 1] as number)) return false;
  return true;
}
