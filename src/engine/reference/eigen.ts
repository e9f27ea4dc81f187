/** Eigenvalues of a symmetric matrix `[n, n]`, the largest first, and their vectors as rows, by Jacobi's rotations. */
export function eigen(matrix: Float64Array, n: number): { values: number[]; vectors: Float64Array[] } {
  const a = Array.from({ length: n }, (_, i) => matrix.slice(i * n, (i + 1) * n));
  const q = a.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  const at = (i: number, j: number): number => a[i]?.[j] as number;
  for (let sweep = 0, rotated = true; rotated && sweep < 100; sweep++) {
    rotated = false;
    const largest = Math.max(...a.map((_, i) => Math.abs(at(i, i))));
    for (let p = 0; p < n; p++) {
      for (let r = p + 1; r < n; r++) {
        if (Math.abs(at(p, r)) <= 1e-14 * largest) continue;
        rotated = true;
        const theta = (at(r, r) - at(p, p)) / (2 * at(p, r));
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const cosine = 1 / Math.hypot(tangent, 1);
        for (const row of a) rotate(row, row, p, r, cosine, tangent * cosine);
        for (const m of [a, q]) {
          for (let c = 0; c < n; c++)
            rotate(m[p] as Float64Array, m[r] as Float64Array, c, c, cosine, tangent * cosine);
        }
      }
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => at(j, j) - at(i, i) || i - j);
  return { values: order.map((i) => at(i, i)), vectors: order.map((i) => q[i] as Float64Array) };
}

function rotate(a: Float64Array, b: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const [x, y] = [a[i] as number, b[j] as number];
  a[i] = cosine * x - sine * y;
  b[j] = sine * x + cosine * y;
}
