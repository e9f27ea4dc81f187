import { describe, expect, test } from "vitest";
import { benjaminiHochberg, holm } from "./several.ts";
import { complementaryError, signedRanks } from "./wilcoxon.ts";

// Expected values: SciPy 1.17.1, scipy.stats.wilcoxon and false_discovery_control, scipy.special.erfc.
describe("signedRanks", () => {
  test("counts arrangements where pairs are few: depression scores before and after (Hollander and Wolfe, 1973)", () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const differences = Float64Array.from(before, (value, i) => value - (after[i] as number));
    expect(signedRanks(differences)).toEqual({ pairs: 9, positive: 40, p: 0.0390625 });
  });
  test("ties share a rank, and arrangements are counted all the same", () => {
    expect(signedRanks(Float64Array.of(1, 1, -1, 2, 2, -2, 3, 1, -1, 2))).toEqual({
      pairs: 10,
      positive: 41.5,
      p: 0.197265625,
    });
  });
  test("many pairs: the normal approximation with ties, pairs that are equal left out", () => {
    const eleven = signedRanks(Float64Array.from({ length: 200 }, (_, i) => (((i * 7) % 11) - 4) / 8));
    expect(eleven.pairs).toBe(182);
    expect(eleven.p).toBeCloseTo(3.295046071281278e-5, 14);
    const thirteen = signedRanks(Float64Array.from({ length: 300 }, (_, i) => (((i * 7) % 13) - 5.5) / 8));
    expect(thirteen.pairs).toBe(300);
    expect(thirteen.p).toBeCloseTo(0.033038948275385754, 12);
  });
  test("the sign of all differences does not matter", () => {
    const differences = Float64Array.of(0.3, -0.1, 0.7, 0.2, -0.05, 0.9);
    expect(signedRanks(differences.map((x) => -x)).p).toBe(signedRanks(differences).p);
  });
  test("no pair that differs is no evidence", () => {
    expect(signedRanks(new Float64Array(40))).toEqual({ pairs: 0, positive: 0, p: 1 });
    expect(signedRanks(new Float64Array(0)).p).toBe(1);
  });
});

test("complementaryError is erfc, on both sides of the change of method", () => {
  const expected = [1, 0.4795001221869535, 0.007209570764742531, 0.004677734981047266, 1.5374597944280347e-12];
  for (const [i, x] of [0, 0.5, 1.9, 2, 5].entries()) {
    expect(complementaryError(x) / (expected[i] as number)).toBeCloseTo(1, 12);
  }
});

describe("several comparisons", () => {
  const ps = [0.01, 0.04, 0.03, 0.005, 0.2];
  test("Holm, by hand: 5 x .005, 4 x .01, 3 x .03, then not below that", () => {
    for (const [i, p] of holm(ps).entries()) expect(p).toBeCloseTo([0.04, 0.09, 0.09, 0.025, 0.2][i] as number, 12);
  });
  test("Benjamini and Hochberg", () => {
    const expected = [0.025, 0.05, 0.05, 0.025, 0.2];
    for (const [i, p] of benjaminiHochberg(ps).entries()) expect(p).toBeCloseTo(expected[i] as number, 12);
  });
  test("one comparison stays as it is; nothing passes 1", () => {
    expect([holm([0.03]), benjaminiHochberg([0.03])]).toEqual([[0.03], [0.03]]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });
});
