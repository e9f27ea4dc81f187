import fc from "fast-check";
import { expect, test } from "vitest";
import {
  boosted,
  byScore,
  calibrate,
  capped,
  cosineOf,
  dpp,
  fair,
  freshened,
  jaccardOf,
  type Likeness,
  miscalibration,
  mmr,
  msd,
  pinned,
  type Shares,
  scaled,
  sharesOf,
  ssd,
  xquad,
} from "./index.ts";

const WIDTH = 4;
const number = fc.integer({ min: -300, max: 300 }).map((value) => value / 100);
/** Scores and vectors of 1 to 9 candidates, and the length of a list. */
const candidates = fc
  .array(fc.record({ score: number, vector: fc.array(number, { minLength: WIDTH, maxLength: WIDTH }) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((all) => ({
    scores: all.map(({ score }) => score),
    vectors: Float32Array.from(all.flatMap(({ vector }) => vector)),
  }));
const lambdas = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const lengths = fc.integer({ min: 1, max: 10 });

/** Checks that each choice is one of largest gain, by the formula itself, given those before it. */
function expectGreedy(
  size: number,
  k: number,
  list: Int32Array,
  gain: (chosen: readonly number[], one: number) => number,
) {
  expect(list).toHaveLength(Math.min(k, size));
  expect(new Set(list).size).toBe(list.length);
  for (const [i, one] of list.entries()) {
    const before = [...list.slice(0, i)];
    const left = Array.from({ length: size }, (_, place) => place).filter((place) => !before.includes(place));
    const most = Math.max(...left.map((place) => gain(before, place)));
    expect(gain(before, one)).toBeGreaterThanOrEqual(most - 1e-6 * Math.max(1, Math.abs(most)));
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test("mmr: score against likeness to the nearest of those before", () => {
  fc.assert(
    fc.property(candidates, lambdas, lengths, ({ scores, vectors }, lambda, k) => {
      const [s, alike] = [scaled(scores), cosineOf(vectors, WIDTH)];
      expectGreedy(scores.length, k, mmr(scores, alike, { k, lambda }), (chosen, one) => {
        const nearest = chosen.length > 0 ? Math.max(...chosen.map((other) => alike(one, other))) : 0;
        return lambda * (s[one] as number) - (1 - lambda) * nearest;
      });
    }),
  );
});

test("msd: score against distances to all of those before", () => {
  fc.assert(
    fc.property(candidates, lambdas, lengths, ({ scores, vectors }, lambda, k) => {
      const [s, alike] = [scaled(scores), cosineOf(vectors, WIDTH)];
      const others = Math.max(1, Math.min(k, scores.length) - 1);
      expectGreedy(scores.length, k, msd(scores, alike, { k, lambda }), (chosen, one) => {
        const distance = sum(chosen.map((other) => 1 - alike(one, other)));
        return (lambda * (s[one] as number)) / 2 + ((1 - lambda) * distance) / others;
      });
    }),
  );
});

/** By Gaussian elimination with pivots. */
function determinant(matrix: number[][]): number {
  const rows = matrix.map((row) => [...row]);
  let product = 1;
  for (let c = 0; c < rows.length; c++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= c && Math.abs(row[c] as number) > Math.abs(rows[best]?.[c] as number) ? i : best),
      c,
    );
    [rows[c], rows[pivot]] = [rows[pivot] as number[], rows[c] as number[]];
    const own = rows[c]?.[c] as number;
    product *= pivot === c ? own : -own;
    if (own === 0) return 0;
    for (let r = c + 1; r < rows.length; r++) {
      const factor = (rows[r]?.[c] as number) / own;
      rows[r] = (rows[r] as number[]).map((value, i) => value - factor * (rows[c]?.[i] as number));
    }
  }
  return product;
}

test("dpp: each choice makes the determinant of the chosen largest, as long as anything is left of the space", () => {
  fc.assert(
    fc.property(candidates, lambdas, ({ scores, vectors }, lambda) => {
      const [s, alike] = [scaled(scores), cosineOf(vectors, WIDTH)];
      const a = lambda / (1 - lambda) / 2;
      const gain = (places: readonly number[]) => {
        const volume = determinant(places.map((i) => places.map((j) => alike(i, j))));
        return volume <= 1e-7
          ? Number.NEGATIVE_INFINITY
          : Math.log(volume) + 2 * a * sum(places.map((i) => s[i] as number));
      };
      const list = dpp(scores, alike, { k: scores.length, lambda });
      expect([...list].sort((x, y) => x - y)).toEqual(scores.map((_, i) => i));
      for (let i = 0; i < list.length; i++) {
        const [before, one] = [[...list.slice(0, i)], list[i] as number];
        const own = gain([...before, one]);
        if (own === Number.NEGATIVE_INFINITY) break; // nearly in the span: rounding decides
        const most = Math.max(...[...list.slice(i)].map((place) => gain([...before, place])));
        expect(own).toBeGreaterThanOrEqual(most - 1e-3 * Math.max(1, Math.abs(most)));
      }
    }),
  );
});

test("dpp: of two alike the second comes after one that is unlike both, which spans something", () => {
  const vectors = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0);
  expect([...dpp([3, 2.9, 0], cosineOf(vectors, WIDTH), { k: 3, lambda: 0.5 })]).toEqual([0, 2, 1]);
  expect([...dpp([3, 2.9, 0], cosineOf(vectors, WIDTH), { k: 3, lambda: 1 })]).toEqual([0, 1, 2]);
});

/** What is left of a vector outside the span of others, by solving the normal equations through determinants. */
function residual(one: number, others: readonly number[], dots: (a: number, b: number) => number): number {
  const gram = (places: readonly number[]) => determinant(places.map((i) => places.map((j) => dots(i, j))));
  const base = others.length > 0 ? gram(others) : 1;
  return Math.sqrt(Math.max(0, gram([...others, one]) / base));
}

test("ssd: score and volume, of those in the window alone", () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 1, max: 4 }), lengths, ({ scores, vectors }, window, k) => {
      const [s, dots] = [scaled(scores), cosineOf(vectors, WIDTH)];
      const list = ssd(scores, dots, { k, gamma: 0.5, window });
      expect(new Set(list).size).toBe(Math.min(k, scores.length));
      for (let i = 0; i < Math.min(list.length, 4); i++) {
        const seen = [...list.slice(Math.max(0, i - (window - 1)), i)];
        if (residual(seen.at(-1) ?? 0, seen.slice(0, -1), dots) < 1e-2 && seen.length > 0) return; // nearly dependent
        const gram = seen.length > 0 ? determinant(seen.map((a) => seen.map((b) => dots(a, b)))) : 1;
        if (gram < 1e-4) return;
        const gain = (one: number) => (s[one] as number) + 0.5 * Math.sqrt(gram) * residual(one, seen, dots);
        const left = scores.map((_, place) => place).filter((place) => !list.slice(0, i).includes(place));
        expect(gain(list[i] as number)).toBeGreaterThanOrEqual(Math.max(...left.map(gain)) - 1e-3);
      }
    }),
  );
});

const KINDS = ["a", "b", "c"] as const;
const shares: fc.Arbitrary<Shares> = fc.subarray([...KINDS]).map((kinds) => sharesOf([kinds]));
const wanteds = fc.array(fc.subarray([...KINDS], { minLength: 1 }), { minLength: 1, maxLength: 5 }).map(sharesOf);
const kinded = fc.array(fc.record({ score: number, kinds: shares }), { minLength: 1, maxLength: 8 });

test("xquad: what is wanted and not served yet", () => {
  fc.assert(
    fc.property(kinded, wanteds, lambdas, lengths, (all, wanted, lambda, k) => {
      const s = scaled(all.map(({ score }) => score));
      const kinds = all.map((one) => one.kinds);
      const list = xquad(
        all.map(({ score }) => score),
        kinds,
        wanted,
        { k, lambda },
      );
      expectGreedy(all.length, k, list, (chosen, one) => {
        const novelty = KINDS.map((kind) => {
          const served = chosen.reduce((left, other) => left * (1 - (kinds[other]?.get(kind) ?? 0)), 1);
          return (wanted.get(kind) ?? 0) * (kinds[one]?.get(kind) ?? 0) * served;
        });
        return lambda * (s[one] as number) + (1 - lambda) * sum(novelty);
      });
    }),
  );
});

test("calibrate: score against the divergence of the list", () => {
  fc.assert(
    fc.property(kinded, wanteds, lambdas, lengths, (all, wanted, lambda, k) => {
      const s = scaled(all.map(({ score }) => score));
      const kinds = all.map((one) => one.kinds);
      const list = calibrate(
        all.map(({ score }) => score),
        kinds,
        wanted,
        { k, lambda },
      );
      expectGreedy(all.length, k, list, (chosen, one) => {
        const now = [...chosen, one];
        const score = sum(now.map((place) => s[place] as number)) / now.length;
        return (
          lambda * score -
          (1 - lambda) *
            miscalibration(
              now.map((place) => kinds[place] as Shares),
              wanted,
            )
        );
      });
    }),
  );
});

test("a calibrated list has kinds as they are wanted", () => {
  const kinds = Array.from({ length: 20 }, (_, i) => sharesOf([[i < 10 ? "a" : "b"]]));
  const scores = kinds.map((_, i) => -i);
  const list = calibrate(scores, kinds, sharesOf([["a"], ["a"], ["a"], ["b"], ["b"]]), { k: 10, lambda: 0.1 });
  expect([...list].filter((place) => place < 10)).toHaveLength(6);
});

test("every way of diversity is the order of the scores where it weighs nothing", () => {
  fc.assert(
    fc.property(candidates, ({ scores, vectors }) => {
      const [k, alike] = [scores.length, cosineOf(vectors, WIDTH)];
      const order = byScore(scaled(scores));
      const kinds = scores.map(() => sharesOf([["a"]]));
      expect(mmr(scores, alike, { k, lambda: 1 })).toEqual(order);
      expect(msd(scores, alike, { k, lambda: 1 })).toEqual(order);
      expect(dpp(scores, alike, { k, lambda: 1 })).toEqual(order);
      expect(ssd(scores, alike, { k, gamma: 0 })).toEqual(order);
      expect(xquad(scores, kinds, sharesOf([["a"]]), { k, lambda: 1 })).toEqual(order);
      expect(calibrate(scores, kinds, sharesOf([["a"]]), { k, lambda: 1 })).toEqual(order);
    }),
  );
});

test("fresh ones rise, by half after a half-life; unknown ages are old", () => {
  const scores = freshened([1, 1, 1, 1], [0, 7, 14, Number.NaN], { halfLife: 7, weight: 0.5 });
  expect([...scores]).toEqual([1, 0.75, 0.625, 0.5]);
  expect([...boosted([2, 1, 0], [false, false, true], 0.75)]).toEqual([1, 0.5, 0.75]);
});

test("caps move what is beyond behind the others; pins have their places", () => {
  expect([...capped([["a"], ["a"], ["a"], ["b"], ["a", "b"], []], 2, 4)]).toEqual([0, 1, 3, 5, 2, 4]);
  expect([...capped([["a"], ["a"], ["b"]], 1, 2)]).toEqual([0, 2, 1]);
  expect([
    ...pinned(
      5,
      new Map([
        [4, 1],
        [0, 3],
      ]),
    ),
  ]).toEqual([4, 1, 0, 2, 3]);
  expect([...pinned(3, new Map([[0, 9]]))]).toEqual([1, 2, 0]);
  expect(() =>
    pinned(
      3,
      new Map([
        [0, 1],
        [1, 1],
      ]),
    ),
  ).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
});

test("likeness: cosines and Jaccard", () => {
  const alike = cosineOf(Float32Array.of(1, 0, 2, 0, 0, 3, 0, 0), 2);
  expect([alike(0, 1), alike(0, 2), alike(0, 3), alike(3, 3)]).toEqual([1, 0, 0, 0]);
  const sets = jaccardOf([new Set(["a", "b"]), new Set(["b", "c"]), new Set()]);
  expect([sets(0, 0), sets(0, 1), sets(1, 2), sets(2, 2)]).toEqual([1, 1 / 3, 0, 0]);
});

test.each([
  ["lambda", (alike: Likeness) => mmr([1], alike, { k: 1, lambda: 2 })],
  ["k", (alike: Likeness) => msd([1], alike, { k: 0 })],
  ["lambda", (alike: Likeness) => dpp([1], alike, { k: 1, lambda: Number.NaN })],
  ["window", (alike: Likeness) => ssd([1], alike, { k: 1, window: 0 })],
  ["share", () => fair([1], [true], { k: 1, share: 1 })],
  ["halfLife", () => freshened([1], [1], { halfLife: 0 })],
])("a %s outside its range is refused", (name, act) => {
  expect(() => act(() => 1)).toThrow(
    expect.objectContaining({ code: "CONFIG_VALUE", message: expect.stringContaining(name) }),
  );
});
