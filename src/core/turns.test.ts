import { afterEach, describe, expect, test, vi } from "vitest";
import { givesWay, turn } from "./turns.ts";

afterEach(() => vi.unstubAllGlobals());

/** Browsers have no setImmediate. */
describe.each([
  ["in Node", () => {}],
  ["in a browser", () => vi.stubGlobal("setImmediate", undefined)],
])("%s", (_, set) => {
  test("a turn is one of the event loop, not of promises alone", async () => {
    set();
    let timers = 0;
    const timer = setInterval(() => timers++, 1);
    for (let i = 0; i < 10_000 && timers < 3; i++) await turn();
    clearInterval(timer);
    expect(timers).toBe(3);
  });

  test("way is given after a stretch of work, and not before", async () => {
    set();
    const pause = givesWay();
    expect(pause()).toBeUndefined();
    const start = performance.now();
    while (performance.now() - start < 6);
    const given = pause();
    expect(given).toBeInstanceOf(Promise);
    await given;
    expect(pause()).toBeUndefined();
  });
});
