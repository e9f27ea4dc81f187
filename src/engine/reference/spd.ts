/** Inverse of a symmetric positive definite matrix `[n, n]` by Gauss and Jordan; undefined where it is not one. */
export function invertSpd(matrix: Float64Array, n: number): Float64Array | undefined {
  const [a, inverse] = [matrix.slice(), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    // The pivots are Cholesky's: all positive, or the matrix is not positive definite.
    const pivot = a[k * n + k] as number;
    if (!(pivot > 0 && Number.isFinite(pivot))) return undefined;
    for (let row = 0; row < n; row++) {
      if (row !== k) subtract(a, inverse, n, row, k, (a[row * n + k] as number) / pivot);
    }
    // What is left of row k is divided by the pivot.
    subtract(a, inverse, n, k, k, 1 - 1 / pivot);
  }
  return inverse;
}

/** A multiple of another row from a row, of both matrices. */
function subtract(a: Float64Array, b: Float64Array, n: number, row: number, other: number, factor: number): void {
  if (factor === 0) return;
  for (const m of [a, b]) {
    const [to, from] = [m.subarray(row * n, (row + 1) * n), m.subarray(other * n, (other + 1) * n)];
    for (let c = 0; c < n; c++) to[c] = (to[c] as number) - factor * (from[c] as number);
  }
}
