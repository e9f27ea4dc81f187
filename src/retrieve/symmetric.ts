/**
 * Dense symmetric positive definite matrices of a user row's width, row-major, of which the lower triangle alone is read and
 * written.
 */

/** a += Σₛ weights[s] · xₛ xₛᵀ, the rows of x `[weights, size]`; four at once, since reading and writing a is what costs. */
export function addSquares(a: Float64Array, size: number, weights: ArrayLike<number>, x: ArrayLike<number>): void {
  const whole = weights.length - (weights.length % 4);
  for (let s = 0; s < whole; s += 4) {
    const [p, q, r, t] = [s * size, (s + 1) * size, (s + 2) * size, (s + 3) * size];
    const [wp, wq] = [weights[s] as number, weights[s + 1] as number];
    const [wr, wt] = [weights[s + 2] as number, weights[s + 3] as number];
    for (let i = 0, row = 0; i < size; i++, row += size) {
      const xp = wp * (x[p + i] as number);
      const xq = wq * (x[q + i] as number);
      const xr = wr * (x[r + i] as number);
      const xt = wt * (x[t + i] as number);
      for (let j = 0; j <= i; j++) {
        a[row + j] =
          (a[row + j] as number) +
          (xp * (x[p + j] as number) + xq * (x[q + j] as number)) +
          (xr * (x[r + j] as number) + xt * (x[t + j] as number));
      }
    }
  }
  for (let s = whole; s < weights.length; s++) {
    const from = s * size;
    for (let i = 0, row = 0; i < size; i++, row += size) {
      const xi = (weights[s] as number) * (x[from + i] as number);
      for (let j = 0; j <= i; j++) a[row + j] = (a[row + j] as number) + xi * (x[from + j] as number);
    }
  }
}

/** a += scale · (x yᵀ + y xᵀ), for the `size` numbers of y that start at `from`. */
export function addProduct(
  a: Float64Array,
  size: number,
  scale: number,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  from = 0,
): void {
  for (let i = 0; i < size; i++) {
    const [xi, yi] = [scale * (x[i] as number), scale * (y[from + i] as number)];
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      a[row + j] = (a[row + j] as number) + xi * (y[from + j] as number) + yi * (x[j] as number);
    }
  }
}

/** a x. */
export function times(a: Float64Array, x: ArrayLike<number>): Float64Array {
  const size = x.length;
  const product = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const value = a[i * size + j] as number;
      product[i] = (product[i] as number) + value * (x[j] as number);
      product[j] = (product[j] as number) + value * (x[i] as number);
    }
    product[i] = (product[i] as number) + (a[i * size + i] as number) * (x[i] as number);
  }
  return product;
}

/** Each row of x `[rows, v]` times v; four at once, since one sum alone waits for itself. */
export function along(x: ArrayLike<number>, v: ArrayLike<number>): Float64Array {
  const size = v.length;
  const products = new Float64Array(x.length / size);
  const whole = products.length - (products.length % 4);
  for (let row = 0, at = 0; row < whole; row += 4, at += 4 * size) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0, p = at; k < size; k++, p++) {
      const value = v[k] as number;
      a += (x[p] as number) * value;
      b += (x[p + size] as number) * value;
      c += (x[p + 2 * size] as number) * value;
      d += (x[p + 3 * size] as number) * value;
    }
    products[row] = a;
    products[row + 1] = b;
    products[row + 2] = c;
    products[row + 3] = d;
  }
  for (let row = whole; row < products.length; row++) products[row] = dot(v, x, row * size);
  return products;
}

/** The lower triangle L of a = L Lᵀ. */
export function cholesky(a: Float64Array, size: number): Float64Array {
  const l = new Float64Array(a.length);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * size + k] as number) * (l[j * size + k] as number);
      l[i * size + j] = i === j ? Math.sqrt(sum) : sum / (l[j * size + j] as number);
    }
  }
  return l;
}

/** The solution x of L Lᵀ x = b. */
export function solve(l: Float64Array, b: ArrayLike<number>): Float64Array {
  const size = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i++) {
    let sum = x[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * size + k] as number) * (x[k] as number);
    x[i] = sum / (l[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    const value = (x[i] as number) / (l[i * size + i] as number);
    x[i] = value;
    for (let k = 0; k < i; k++) x[k] = (x[k] as number) - (l[i * size + k] as number) * value;
  }
  return x;
}

/** The inverse of L Lᵀ. */
export function inverse(l: Float64Array, size: number): Float64Array {
  const result = new Float64Array(l.length);
  for (let j = 0; j < size; j++) {
    const unit = new Float64Array(size);
    unit[j] = 1;
    const column = solve(l, unit);
    for (let i = j; i < size; i++) result[i * size + j] = column[i] as number;
  }
  return result;
}

/** x · y, for as many numbers of y as x has, from `from` on. */
export function dot(x: ArrayLike<number>, y: ArrayLike<number>, from = 0): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[from + i] as number);
  return sum;
}

export const plus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value + (b[k] as number));

export const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value - (b[k] as number));
