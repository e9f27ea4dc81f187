import { describe, expect, test } from "vitest";
import type { OpAttrs } from "../graph/tensor.ts";
import { models } from "../models/index.ts";
import { initialParameters, scorePlan } from "../nn/plans.ts";
import { grownParameters } from "./warm-start.ts";

const counts = (users: number, items: number) => ({
  ...{ users, items, meanValue: 3 },
  itemCounts: Float32Array.from({ length: items }, (_, i) => i + 1),
});

describe.each(models.map((factory) => [factory.definition.name, factory] as const))("a grown %s", (_name, factory) => {
  const model = factory({});
  const [small, large] = [counts(6, 9), counts(8, 13)];
  const learned = initialParameters(scorePlan(model, small), small, 1);
  for (const values of Object.values(learned)) values.set(values.map((value, i) => value + 1 + i / 1000));
  const before = structuredClone(learned);
  const drawn = initialParameters(scorePlan(model, large), large, 1);
  const learning = scorePlan(model, large).instructions.flatMap(({ op, attrs }) => {
    const { name, init } = attrs as OpAttrs["param"];
    return op === "param" && init.kind !== "data" ? [name] : [];
  });
  const grown = grownParameters(model, large, 1, learned);

  test("keeps what was learned, row by row, and fits the new sizes", () => {
    for (const [name, values] of Object.entries(grown)) {
      expect(values.length, name).toBe(drawn[name]?.length);
      expect(values.subarray(0, learned[name]?.length), name).toEqual(learned[name]);
      expect(values.every(Number.isFinite), name).toBe(true);
    }
    expect(learned).toEqual(before);
    if (model.solve) {
      expect(grown).toEqual({}); // it is solved for anew
    } else if (factory.definition.task !== "none") {
      // the mean rating and counts are no parameters that learn: they are those of the new data
      expect(Object.keys(grown).sort()).toEqual(learning.sort());
    }
  });
  test("begins new rows at the average of the old ones", () => {
    for (const [name, values] of Object.entries(grown)) {
      const old = learned[name] ?? values;
      if (old.length === values.length) continue;
      const mean = (all: Float32Array) => all.reduce((sum, value) => sum + value, 0) / all.length;
      expect(Math.abs(mean(values.subarray(old.length)) - mean(old)), name).toBeLessThan(0.5);
    }
  });
});
