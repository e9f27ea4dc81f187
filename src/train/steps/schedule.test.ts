import { describe, expect, test } from "vitest";
import { defaults } from "../settings/settings.ts";
import { ratesOf, scheduleOf } from "./schedule.ts";

const stepsPerEpoch = 10;
const of = (given: Partial<typeof defaults>) =>
  scheduleOf({ ...defaults, learningRate: 0.5, epochs: 4, ...given }, stepsPerEpoch);

describe("scheduleOf", () => {
  test("constant stays", () => {
    expect([0, 17, 39].map(of({}))).toEqual([0.5, 0.5, 0.5]);
  });

  test("warm-up rises in equal steps and reaches the full rate with its last one", () => {
    const rate = of({ warmupEpochs: 0.5 });
    expect([0, 1, 4, 5].map((step) => rate(step))).toEqual([0.1, 0.2, 0.5, 0.5].map(Math.fround));
  });

  test("linear falls from the full rate towards its final share", () => {
    const rate = of({ schedule: "linear", finalRate: 0.2 });
    expect(rate(0)).toBe(0.5);
    expect(rate(20)).toBeCloseTo(0.5 * 0.6, 6);
    expect(rate(40)).toBeCloseTo(0.5 * 0.2, 6);
  });

  test("cosine passes the middle at half and starts after the warm-up", () => {
    const rate = of({ schedule: "cosine", warmupEpochs: 2 });
    expect(rate(20)).toBe(0.5);
    expect(rate(30)).toBeCloseTo(0.25, 6);
    expect(rate(40)).toBeCloseTo(0, 6);
  });

  test("step falls at once, exponential all the time, to the same values", () => {
    const given = { decayRate: 0.1, decayEpochs: 2 };
    const [stairs, slope] = [of({ schedule: "step", ...given }), of({ schedule: "exponential", ...given })];
    expect([0, 19, 20, 39].map((s) => stairs(s))).toEqual([0.5, 0.5, 0.05, 0.05].map(Math.fround));
    expect(slope(10)).toBeCloseTo(0.5 * Math.sqrt(0.1), 6);
    expect(slope(20)).toBeCloseTo(0.05, 6);
  });

  test("every rate is a float32 value", () => {
    const rate = of({ schedule: "cosine" });
    for (let step = 0; step < 40; step++) expect(rate(step)).toBe(Math.fround(rate(step)));
  });
});

describe("ratesOf", () => {
  test("gives one number where rates do not change, else one per step", () => {
    expect(ratesOf(of({}), 3, 8)).toBe(0.5);
    const rate = of({ schedule: "linear" });
    expect(ratesOf(rate, 3, 6)).toEqual(Float32Array.of(rate(3), rate(4), rate(5)));
  });
});
