/**
 * Counter-based randomness: every draw is a pure function of a seed and its coordinates (epoch, row, attempt …), so any
 * draw can be repeated in any order, on any thread, after a resume. The arithmetic is u32 only and identical in the
 * native core (`native/kernels/src/random.rs`).
 */

/** First coordinate of every draw: keeps the uses of one seed independent of each other. */
export const STREAM = {
  init: 1,
  shuffle: 2,
  negative: 3,
  dropout: 4,
  split: 5,
  synthetic: 6,
  bootstrap: 7,
  candidates: 8,
  ties: 9,
  fold: 10,
  validationUsers: 11,
  noise: 12,
  tuning: 13,
  coin: 14,
  drawn: 15,
  category: 16,
} as const;

/** Bijective avalanche on 32 bits (multiply-xorshift with Wellons's constants). */
export function mix32(value: number): number {
  let x = value >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/** A u32 that depends on the seed and every word; words are taken modulo 2^32. */
export function hash(seed: number, ...words: readonly number[]): number {
  let h = mix32((seed ^ 0x9e3779b9) >>> 0);
  for (const word of words) h = mix32(((h ^ word) + 0x9e3779b9) >>> 0);
  return h;
}

/** Maps a u32 evenly onto the integers [0, n): floor(x * n / 2^32), exact for n up to 2^32. */
export function below(x: number, n: number): number {
  const high = x >>> 16;
  const low = x & 0xffff;
  return Math.floor((high * n + Math.floor((low * n) / 65536)) / 65536);
}

/** Maps a u32 onto [0, 1) with 24 bits, exact in float32. */
export function unit(x: number): number {
  return (x >>> 8) * 2 ** -24;
}

/** A standard normal draw (Box-Muller over two hashes). */
export function normal(seed: number, ...words: readonly number[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - unit(hash(seed, ...words, 0))));
  return radius * Math.cos(2 * Math.PI * unit(hash(seed, ...words, 1)));
}

// Coefficients of the inverse error function over sqrt 2, highest power first, near the middle and in the tails.
const MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
];
const TAIL = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406,
  2.83297682,
];

/**
 * The standard normal quantile of a u32's upper 24 bits, the middles of 2^24 equal shares: one draw from one word, at most 5.4 from 0. By
 * polynomials for single precision, off by less than 1e-6 (Giles 2012, "Approximating the erfinv function", listing 1).
 */
export function gaussian(x: number): number {
  const y = 2 * (unit(x) + 2 ** -25) - 1;
  const w = -Math.log((1 - y) * (1 + y));
  const [c, z] = w < 5 ? [MIDDLE, w - 2.5] : [TAIL, Math.sqrt(w) - 3];
  return Math.SQRT2 * y * c.reduce((sum, coefficient) => sum * z + coefficient);
}

/** Low and high 32-bit words of a non-negative safe integer. */
export function words(value: number): [low: number, high: number] {
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}

/**
 * The image of `index` under a pseudo-random permutation of [0, n) chosen by `key`. It needs no memory, so the order of an
 * epoch over billions of rows is free: a four-round Feistel network over the grid Z_a x Z_b with a = ceil(sqrt n) and
 * b = ceil(n / a), which is at most a - 1 cells larger than n, so that the walk back into range is rare.
 */
export function permute(index: number, n: number, key: number): number {
  const a = Math.ceil(Math.sqrt(n));
  const b = Math.ceil(n / a);
  let x = index;
  do {
    let left = Math.floor(x / b);
    let right = x % b;
    for (let round = 0; round < 4; round += 2) {
      left = (left + below(mix32(right ^ hash(key, round)), a)) % a;
      right = (right + below(mix32(left ^ hash(key, round + 1)), b)) % b;
    }
    x = left * b + right;
  } while (x >= n);
  return x;
}
