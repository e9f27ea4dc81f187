import { describe, expect, test } from "vitest";
import { type Average, includeInAverage } from "./journey.ts";

describe("includeInAverage", () => {
  test("is the mean of every epoch's parameters", () => {
    let average: Average | undefined;
    for (const value of [1, 2, 6]) average = includeInAverage(average, { w: Float32Array.of(value, -value) });
    expect(average).toEqual({ epochs: 3, parameters: { w: Float32Array.of(3, -3) } });
  });
});
