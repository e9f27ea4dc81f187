import { describe, expect, test } from "vitest";
import { sourceOrder } from "./source-order.ts";

/** One row of so many steps forward and so many back, each of a second. */
function steps(forward: number, backward: number): Float64Array {
  const times = [0];
  for (let i = 0; i < forward + backward; i++) times.push((times.at(-1) as number) + (i < forward ? 1 : -1));
  return Float64Array.from(times);
}

const orderOf = (times: Float64Array) => sourceOrder(Int32Array.of(0, times.length), times);

describe("the order of a source", () => {
  test.each([
    [95, 5, "forward"],
    [94, 6, "none"],
    [5, 95, "backward"],
    [6, 94, "none"],
    [0, 0, "forward"],
  ])("with %s steps forward and %s back is %s", (forward, backward, order) => {
    expect(orderOf(steps(forward, backward))).toBe(order);
  });

  test("is told from steps within a row, over unknown times and equal ones", () => {
    const unknown = Number.NaN;
    expect(orderOf(Float64Array.of(9, unknown, 8, 8, unknown, 7))).toBe("backward");
    expect(sourceOrder(Int32Array.of(0, 2, 4), Float64Array.of(8, 9, 1, 2))).toBe("forward");
  });
});
