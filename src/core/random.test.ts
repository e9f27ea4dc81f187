import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { below, gaussian, hash, mix32, normal, permute, unit, words } from "./random.ts";

describe("mix32", () => {
  test("is the published multiply-xorshift on u32", () => {
    const reference = (value: number): bigint => {
      const mask = 0xffffffffn;
      let x = BigInt(value) & mask;
      x ^= x >> 16n;
      x = (x * 0x7feb352dn) & mask;
      x ^= x >> 15n;
      x = (x * 0x846ca68bn) & mask;
      return x ^ (x >> 16n);
    };
    fc.assert(fc.property(fc.nat(0xffffffff), (x) => BigInt(mix32(x)) === reference(x)));
  });
});

describe("below", () => {
  test("is floor(x n / 2^32) exactly", () => {
    const exact = (x: number, n: number) => Number((BigInt(x) * BigInt(n)) >> 32n);
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.integer({ min: 1, max: 2 ** 32 }), (x, n) => below(x, n) === exact(x, n)),
    );
  });
});

describe("permute", () => {
  test("is a bijection on [0, n)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(0xffffffff), (n, key) => {
        const seen = new Set(Array.from({ length: n }, (_, i) => permute(i, n, key)));
        return seen.size === n && Math.min(...seen) === 0 && Math.max(...seen) === n - 1;
      }),
    );
  });

  test("stays in range beyond 2^32", () => {
    const n = 2 ** 40 + 12345;
    for (const index of [0, 1, 2 ** 33, n - 1]) {
      const image = permute(index, n, 7);
      expect(Number.isSafeInteger(image) && image >= 0 && image < n).toBe(true);
    }
  });

  test("spreads neighbours: mean distance is near n / 3, as of independent draws", () => {
    const n = 10_000;
    let distance = 0;
    for (let i = 1; i < n; i++) distance += Math.abs(permute(i, n, 5) - permute(i - 1, n, 5));
    expect(distance / n / n).toBeCloseTo(1 / 3, 1);
  });
});

describe("draws", () => {
  test("unit lies in [0, 1) and is uniform within five standard errors", () => {
    const draws = Array.from({ length: 20_000 }, (_, i) => unit(hash(3, i)));
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws.length));
    expect(Math.max(...draws)).toBeLessThan(1);
  });

  test("normal has mean 0 and variance 1 within five standard errors", () => {
    const draws = Array.from({ length: 20_000 }, (_, i) => normal(4, i));
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const variance = draws.reduce((a, b) => a + b * b, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(draws.length));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length));
  });

  test("gaussian has the quantiles of the normal distribution", () => {
    const word = (share: number) => Math.round(share * 2 ** 32);
    // Abramowitz & Stegun 1964, table 26.5, and the tails of 24 bits.
    const known = [
      [0.5, 0],
      [0.6, 0.2533471],
      [0.8, 0.8416212],
      [0.975, 1.959964],
      [0.999, 3.0902323],
      [1 - 1e-5, 4.2648908],
    ] as const;
    for (const [share, quantile] of known) {
      expect(Math.abs(gaussian(word(share)) - quantile), `${share}`).toBeLessThan(4e-7 / (1 - share));
      expect(gaussian(2 ** 32 - 1 - word(share))).toBeCloseTo(-gaussian(word(share)), 4);
    }
    expect(gaussian(0)).toBeCloseTo(-5.29, 0);
    expect(gaussian(2 ** 32 - 1)).toBe(-gaussian(0));
  });

  test("gaussian has mean 0, variance 1 and kurtosis 3 within five standard errors", () => {
    const draws = Array.from({ length: 20_000 }, (_, i) => gaussian(hash(5, i)));
    const moment = (power: number) => draws.reduce((a, b) => a + b ** power, 0) / draws.length;
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(draws.length));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / draws.length));
  });

  test("words split a safe integer", () => {
    expect(words(2 ** 33 + 5)).toEqual([5, 2]);
  });
});
