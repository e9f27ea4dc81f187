/** Normalization of rows by their own mean and deviation. */
type Dense = Float64Array;
const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

const rowMeans = (x: Dense, width: number): Float64Array =>
  Float64Array.from(
    { length: x.length / width },
    (_, r) => x.subarray(r * width, (r + 1) * width).reduce((a, b) => a + b, 0) / width,
  );
/** Mean of each row, and one over its standard deviation. */
function moments(x: Dense, width: number, epsilon: number) {
  const means = rowMeans(x, width);
  const variances = rowMeans(
    x.map((v, i) => (v - at(means, Math.floor(i / width))) ** 2),
    width,
  );
  return { means, rates: variances.map((variance) => 1 / Math.sqrt(variance + epsilon)) };
}

export function layerNorm(x: Dense, width: number, epsilon: number): Float64Array {
  const { means, rates } = moments(x, width, epsilon);
  return x.map((v, i) => (v - at(means, Math.floor(i / width))) * at(rates, Math.floor(i / width)));
}

export function layerNormGrad(x: Dense, dy: Dense, width: number, epsilon: number): Float64Array {
  const { rates } = moments(x, width, epsilon);
  const y = layerNorm(x, width, epsilon);
  const flat = rowMeans(dy, width);
  const along = rowMeans(
    dy.map((d, i) => d * at(y, i)),
    width,
  );
  return dy.map((d, i) => {
    const row = Math.floor(i / width);
    return at(rates, row) * (d - at(flat, row) - at(y, i) * at(along, row));
  });
}
