import { describe, expect, test } from "vitest";
import { dataOf } from "../../test/support/tiny-training.ts";
import { improves, noBest } from "./checkpoint/journey.ts";
import { feedSpec } from "./inputs/feed.ts";
import { checkMetric } from "./settings/metric.ts";
import { defaults } from "./settings/settings.ts";
import { orCancelled } from "./steps/cancel.ts";
import { createPacer } from "./steps/pacer.ts";

describe("improves", () => {
  const higher = { lowerIsBetter: false, minDelta: 0.1 };
  const best = { epoch: 1, value: 0.5, stale: 0 };
  test("takes the first number and no NaN", () => {
    expect(improves(noBest, 0, higher)).toBe(true);
    expect(improves(noBest, Number.NaN, higher)).toBe(false);
  });
  test("wants more than minDelta, in the metric's direction", () => {
    expect(improves(best, 0.59, higher)).toBe(false);
    expect(improves(best, 0.61, higher)).toBe(true);
    expect(improves(best, 0.39, { ...higher, lowerIsBetter: true })).toBe(true);
    expect(improves(best, 0.61, { ...higher, lowerIsBetter: true })).toBe(false);
  });
});

describe("checkMetric", () => {
  test("knows list lengths and directions", () => {
    expect(checkMetric("hr@5")).toMatchObject({ kind: "ranking", k: 5, lowerIsBetter: false });
    expect(checkMetric("auc")).toMatchObject({ kind: "ranking" });
    expect(checkMetric("logloss")).toMatchObject({ kind: "ranking", lowerIsBetter: true });
    expect(checkMetric("mae")).toMatchObject({ kind: "rating", lowerIsBetter: true });
  });
});

describe("createPacer", () => {
  test("starts small, grows towards the target and never passes what is left", () => {
    const pacer = createPacer(0.06);
    expect(pacer.next(1000)).toBe(1);
    for (let i = 0; i < 5; i++) pacer.observe(pacer.next(1000), pacer.next(1000) * 0.001);
    expect(pacer.next(1000)).toBe(60);
    expect(pacer.next(7)).toBe(7);
  });
  test("shrinks at once when steps become slow, to one at least", () => {
    const pacer = createPacer(0.06);
    for (let i = 0; i < 9; i++) pacer.observe(pacer.next(1000), 0);
    expect(pacer.next(1000)).toBe(1000);
    pacer.observe(1000, 10);
    expect(pacer.next(1000)).toBe(6);
    pacer.observe(6, 100);
    expect(pacer.next(1000)).toBe(1);
  });
});

describe("orCancelled", () => {
  test("rejects as soon as the signal fires, whatever the work does", async () => {
    const controller = new AbortController();
    const work = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("late")), 50));
    const result = orCancelled(work, controller.signal);
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
  });
  test("passes results and failures through", async () => {
    const { signal } = new AbortController();
    await expect(orCancelled(Promise.resolve(3), signal)).resolves.toBe(3);
    await expect(orCancelled(Promise.reject(new Error("own")), signal)).rejects.toThrow("own");
  });
});

describe("feedSpec", () => {
  const train = dataOf([[0, 1], [2]], 4);
  const spec = (given: object, resources = {}, task: "pointwise" | "rating" = "pointwise", data = train) =>
    feedSpec({ task, train: data, settings: { ...defaults, negatives: 1, ...given }, resources });

  test("known items are those of training, or of everything held out too", () => {
    const [validation, test] = [dataOf([[2], []], 4), dataOf([[], [3]], 4)];
    expect([...spec({}, { validation }).known.items]).toEqual([0, 1, 2]);
    const all = spec({ known: "all" }, { validation, heldOut: [test] }).known;
    expect([...all.offsets, ...all.items]).toEqual([0, 3, 5, 0, 1, 2, 2, 3]);
  });

  test("popularity sampling comes as an alias table over the items", () => {
    const { distribution } = spec({ negativeSampling: "popularity" });
    expect(distribution).toMatchObject({ kind: "alias" });
    expect(distribution.kind === "alias" && distribution.thresholds.length).toBe(4);
  });

  test("each task has its feed", () => {
    expect(spec({}).kind).toBe("pairs");
    expect(spec({}, {}, "rating", dataOf([[0]], 2, [4])).kind).toBe("ratings");
  });

  test("more negatives than the catalogue has are refused", () => {
    expect(() => spec({ negatives: 4 })).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
    expect(() => spec({ negatives: 1 }, {}, "pointwise", dataOf([[0]], 1))).toThrow(/more than one item|catalogue/);
  });

  test("data that cannot be learned from is refused", () => {
    const refusal = expect.objectContaining({ code: "TRAIN_DATA" });
    expect(() => spec({}, {}, "pointwise", dataOf([[], []], 3))).toThrow(refusal);
    expect(() => spec({}, {}, "pointwise", dataOf([[0, 1, 2]], 3))).toThrow(refusal);
    expect(() => spec({}, {}, "rating")).toThrow(refusal);
  });
});
