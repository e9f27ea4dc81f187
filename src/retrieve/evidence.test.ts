import { describe, expect, test } from "vitest";
import { evidenceOf, type KnownItems, labelLoss, pairLoss, termsOf } from "./evidence.ts";
import type { Learning, LossName } from "./learning.ts";
import { unknownsOf } from "./unknowns.ts";

const known: KnownItems = { items: Int32Array.of(1, 4), values: Float32Array.of(5, 2) };
const unknowns = unknownsOf({ seed: 3, popularity: Float32Array.of(4, 3, 0, 1, 2), exponent: undefined });
const learning = (kind: Learning["kind"], loss: LossName): Learning => ({
  kind,
  loss,
  negatives: 3,
  negativeExponent: undefined,
});

describe("evidence", () => {
  test("stands for all unknown items, each with its share of the negatives", () => {
    const { items, shares, regained } = evidenceOf(known, learning("pairs", "bce"), unknowns);
    expect([...items.subarray(0, 2)]).toEqual([1, 4]);
    expect([...items.subarray(2)].toSorted()).toEqual([0, 2, 3]);
    for (const share of [...shares, ...regained]) expect(share).toBeCloseTo(1 / 3, 12);
  });
  test("of ratings is the ratings alone", () => {
    const { items, labels, shares } = evidenceOf(known, learning("ratings", "mse"), unknowns);
    expect([[...items], [...labels], shares.length]).toEqual([[1, 4], [5, 2], 0]);
  });
  test("weighs unknown items as training draws them", () => {
    const drawn = unknownsOf({ seed: 3, popularity: Float32Array.of(4, 3, 0, 1, 2), exponent: 1 });
    const { items, shares } = evidenceOf(known, learning("triples", "bpr"), drawn);
    expect(Object.fromEntries([...items.subarray(2)].map((item, i) => [item, shares[i]]))).toEqual({ 0: 0.8, 3: 0.2 });
  });
  test("of pairs looks at more unknown items the more is known, at fewer where pairs get many, or at as many as it is told", () => {
    const many = unknownsOf({ seed: 1, popularity: new Float32Array(50_000).fill(1), exponent: undefined });
    const looked = (count: number, as?: number) => {
      const items = Int32Array.from({ length: count }, (_, i) => i);
      return evidenceOf({ items, values: new Float32Array(count) }, learning("triples", "bpr"), many, as).looked;
    };
    expect([0, 1, 2, 3, 4, 8, 9, 15].map((count) => looked(count))).toEqual([128, 128, 128, 128, 256, 512, 512, 512]);
    expect([200, 300, 5000].map((count) => looked(count))).toEqual([512, 256, 128]);
    expect(looked(3, 512)).toBe(512);
  });
  test("a large catalogue is stood for by draws, and one item less in the profile changes no other", () => {
    const many = unknownsOf({ seed: 1, popularity: new Float32Array(50_000).fill(1), exponent: undefined });
    expect(many.items.length).toBeGreaterThan(1000);
    expect(many.items.length).toBeLessThanOrEqual(1024);
    const all = evidenceOf(
      { items: many.items.slice(0, 2).sort(), values: known.values },
      learning("pairs", "bce"),
      many,
    );
    const less = evidenceOf(
      { items: all.items.slice(1, 2), values: Float32Array.of(1) },
      learning("pairs", "bce"),
      many,
    );
    expect(new Set(less.items)).toEqual(new Set(all.items));
  });
});

/** Value, slope and curvature against differences of the loss itself. */
describe.each([
  ["pairs", "bce"],
  ["pairs", "mse"],
  ["ratings", "mse"],
  ["triples", "bpr"],
] as const)("terms of %s by %s", (kind, loss) => {
  const evidence = evidenceOf(known, learning(kind, loss), unknowns);
  const at = Float32Array.from(evidence.items, (_, i) => [0.5, -1, 0.25, 1.5, -0.75][i] ?? 0);
  const step = 2 ** -7;
  const moved = (i: number, by: number) => at.map((value, j) => (j === i ? value + by : value));

  test("slopes and curvatures are those of the value", () => {
    const terms = termsOf(evidence, at);
    for (const i of evidence.items.keys()) {
      const [up, down] = [termsOf(evidence, moved(i, step)), termsOf(evidence, moved(i, -step))];
      expect((up.value - down.value) / (2 * step)).toBeCloseTo(terms.slope[i] ?? 0, 3);
      expect(((up.slope[i] ?? 0) - (down.slope[i] ?? 0)) / (2 * step)).toBeCloseTo(terms.curvature[i] ?? 0, 3);
    }
  });
});

test("the hinge's parabola touches it and lies above it", () => {
  for (const at of [-1.5, 0.3, 0.9, 2.5]) {
    const { value, slope, curvature } = pairLoss("hinge", at);
    expect(value).toBe(Math.max(0, 1 - at));
    for (let x = -3; x <= 4; x += 0.25) {
      const parabola = value + slope * (x - at) + (curvature * (x - at) ** 2) / 2;
      expect(parabola).toBeGreaterThanOrEqual(pairLoss("hinge", x).value - 1e-12);
    }
  }
});

test("losses stay finite where scores are extreme", () => {
  for (const score of [-200, 200]) {
    expect(Number.isFinite(labelLoss("bce", score, 0).value)).toBe(true);
    expect(Number.isFinite(pairLoss("bpr", score).value)).toBe(true);
  }
});
