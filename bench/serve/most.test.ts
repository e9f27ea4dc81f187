import { expect, test } from "vitest";
import { isCarried, mostCarried } from "./most.ts";

/** A server that carries so many a second, and stalls beyond. */
const serverOf = (most: number) => async (rate: number) => ({
  ...{ asked: rate, failed: 0, p50: 1, p90: 2, max: 50 },
  ...{ rate: Math.min(rate, most), p99: rate <= most ? 5 : 500 },
});

test.each([100, 970, 3557, 20_000])(
  "the most that is carried is found within a twentieth: %d a second",
  async (most) => {
    const tried: number[] = [];
    const found = await mostCarried(500, 39, serverOf(most), (rate) => tried.push(rate));
    expect(found).toBeLessThanOrEqual(most);
    expect(found).toBeGreaterThan(0.94 * most);
    expect(tried.length).toBeLessThan(14);
  },
);

test("a server that carries nothing ends the search", async () => {
  expect(await mostCarried(500, 39, serverOf(0), () => {})).toBeUndefined();
});

test("what fails, falls behind or comes late is not carried", () => {
  const good = { asked: 1000, failed: 0, rate: 99, p50: 1, p90: 2, p99: 38, max: 500 };
  expect(isCarried(good, 100, 39)).toBe(true);
  expect(isCarried({ ...good, failed: 1 }, 100, 39)).toBe(false);
  expect(isCarried({ ...good, rate: 94 }, 100, 39)).toBe(false);
  expect(isCarried({ ...good, p99: 39 }, 100, 39)).toBe(false);
});
