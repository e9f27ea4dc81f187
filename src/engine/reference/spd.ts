/** Inverse of a symmetric positive definite matrix `[n, n]` by Gauss and Jordan; undefined where it is not one. */
export function invertSpd(matrix: Float64Array, n: number): Float64Array | undefined {
  const [a, inverse] = [matrix.slice(), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    // The pivots are Cholesky's: all positive, or the matrix is not positive definite.
    const pivot = a[k * n + k] as number;
    if (!(pivot > 0 && Number.isFinite(pivot))) return undefined;
    for (let row = 0; row < n; row++) {
      const factor = row === k ? 1 - 1 / pivot : (a[row * n + k] as number) / pivot;
      if (factor === 0) continue;
      subtractRow(a, n, row, k, factor);
      subtractRow(inverse, n, row, k, factor);
    }
  }
  return inverse;
}

function subtractRow(a: Float64Array, n: number, row: number, other: number, factor: number): void {
  const [to, from] = [a.subarray(row * n, (row + 1) * n), a.subarray(other * n, (other + 1) * n)];
  for (let c = 0; c < n; c++) to[c] = (to[c] as number) - factor * (from[c] as number);
}
