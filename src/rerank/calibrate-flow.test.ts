import { describe, expect, test } from "vitest";
import { hash, unit } from "../core/random.ts";
import { calibrate, calibrateByFlow, miscalibration } from "./index.ts";

type Shares = ReadonlyMap<string, number>;
const KINDS = ["a", "b", "c"];

/** Candidates with scores from 0 to 1, the ends taken, so that scaling changes nothing, and one or more kinds each. */
function drawn(seed: number, size: number, most: number) {
  const scores = Array.from({ length: size }, (_, i) => (i < 2 ? i : unit(hash(seed, 1, i))));
  const kinds = scores.map((_, i): Shares => {
    const own = KINDS.filter((_, at) => hash(seed, 2, i, at) % 2 === 0).slice(0, most);
    return new Map(own.map((kind) => [kind, 1 / own.length]));
  });
  const weights = KINDS.map((_, at) => 0.1 + unit(hash(seed, 3, at)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return { scores, kinds, wanted: new Map(KINDS.map((kind, at) => [kind, (weights[at] as number) / sum])) };
}

/** Every list of k, and every way in which each item counts for one of its kinds. */
function* lists(kinds: readonly Shares[], k: number, from = 0): Generator<readonly [number, Shares][]> {
  if (k === 0) yield [];
  for (let place = from; k > 0 && place + k <= kinds.length; place++) {
    const own = [...(kinds[place] as Shares).keys()];
    for (const kind of own.length > 0 ? own : [undefined])
      for (const rest of lists(kinds, k - 1, place + 1))
        yield [[place, new Map(kind === undefined ? [] : [[kind, 1]])], ...rest];
  }
}

const worth = (
  list: readonly (readonly [number, Shares])[],
  scores: readonly number[],
  wanted: Shares,
  lambda: number,
) =>
  (lambda * list.reduce((sum, [place]) => sum + (scores[place] as number), 0)) / list.length -
  (1 - lambda) *
    miscalibration(
      list.map(([, kinds]) => kinds),
      wanted,
    );

describe("calibration by a flow", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
    "no list and no way to count its kinds is better (case %i)",
    (seed) => {
      const [k, lambda] = [3 + (seed % 2), 0.2 + 0.05 * seed];
      const { scores, kinds, wanted } = drawn(seed, 8, 3);
      const chosen = new Set(calibrateByFlow(scores, kinds, wanted, { k, lambda }));
      const all = [...lists(kinds, k)];
      const best = (some: typeof all) => Math.max(...some.map((list) => worth(list, scores, wanted, lambda)));
      expect(chosen.size).toBe(k);
      expect(best(all.filter((list) => list.every(([place]) => chosen.has(place))))).toBeCloseTo(best(all), 9);
    },
  );

  test("finds what choosing one after the other does where items have one kind, and better lists where they have several", () => {
    const differences = (most: number) =>
      Array.from({ length: 60 }, (_, seed) => {
        const { scores, kinds, wanted } = drawn(100 + seed, 9, most);
        const options = { k: 4, lambda: 0.3 };
        const all = [...lists(kinds, options.k)];
        const value = (order: Int32Array) =>
          Math.max(
            ...all
              .filter((list) => list.every(([place]) => order.includes(place)))
              .map((list) => worth(list, scores, wanted, options.lambda)),
          );
        return (
          value(calibrateByFlow(scores, kinds, wanted, options)) - value(calibrate(scores, kinds, wanted, options))
        );
      });
    const [one, several] = [differences(1), differences(3)];
    expect(Math.max(...one.map(Math.abs))).toBeLessThan(1e-9);
    expect(Math.min(...several)).toBeGreaterThan(-1e-9);
    expect(Math.max(...several)).toBeGreaterThan(1e-2);
  });

  test("scores alone where lambda is 1, and all candidates where there are fewer than k", () => {
    const { scores, kinds, wanted } = drawn(5, 6, 2);
    const byScore = scores.map((_, place) => place).sort((a, b) => (scores[b] as number) - (scores[a] as number));
    expect([...calibrateByFlow(scores, kinds, wanted, { k: 3, lambda: 1 })]).toEqual(byScore.slice(0, 3));
    expect([...calibrateByFlow(scores, kinds, wanted, { k: 9, lambda: 1 })].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(calibrateByFlow([], [], wanted, { k: 2 })).toHaveLength(0);
  });

  test("refuses what is out of range", () => {
    for (const options of [{ k: 0 }, { k: 2, lambda: 1.5 }])
      expect(() => calibrateByFlow([1], [], new Map(), options)).toThrow(
        expect.objectContaining({ code: "CONFIG_VALUE" }),
      );
  });
});
