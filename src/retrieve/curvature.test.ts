import { describe, expect, test } from "vitest";
import { curvatureAlong, curvatureOf } from "./curvature.ts";
import { evidenceOf, termsOf } from "./evidence.ts";
import { plus, times } from "./symmetric.ts";
import { unknownsOf } from "./unknowns.ts";

const width = 5;
const unknowns = unknownsOf({ seed: 3, popularity: new Float32Array(23).fill(1), exponent: undefined });
const known = { items: Int32Array.of(1, 4, 7), values: Float32Array.of(5, 2, 3) };
const precision = Float64Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 2 : 0.1));
const v = Float64Array.of(1, -2, 0.5, 3, -1);

describe.each([
  ["pairs", "bce"],
  ["ratings", "mse"],
  ["triples", "bpr"],
  ["triples", "hinge"],
] as const)("the curvature of %s by %s", (kind, loss) => {
  const learning = { kind, loss, negatives: 3, negativeExponent: undefined };
  const evidence = evidenceOf(known, learning, unknowns);
  const score = Float32Array.from(evidence.items, (item) => Math.sin(item));
  const slope = Float32Array.from({ length: evidence.items.length * width }, (_, i) => Math.cos(3 * i));
  const seen = { score, slope, terms: termsOf(evidence, score) };
  test("times a vector is what the matrix gives", () => {
    const whole = times(curvatureOf(evidence, seen, precision), v);
    const found = plus(times(precision, v), curvatureAlong(evidence, seen, v));
    for (const [i, value] of whole.entries()) expect(found[i]).toBeCloseTo(value, 9);
  });
});
