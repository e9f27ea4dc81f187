import { describe, expect, test } from "vitest";
import { dataOf, pairwiseModel, pointwiseModel, ratingModel } from "../../test/support/tiny-training.ts";
import { resolveOptions } from "./settings/options.ts";
import { defaults } from "./settings/settings.ts";

const dataWith = (items: number) => dataOf([[0, 1], [0]], items);

describe("negatives in a small catalogue", () => {
  test.each([
    [2, 1],
    [4, 3],
    [defaults.negatives + 1, defaults.negatives],
    [1000, defaults.negatives],
  ])("of %i items are %i where nobody says how many", (items, negatives) => {
    expect(resolveOptions(pointwiseModel(), dataWith(items), {}).settings.negatives).toBe(negatives);
  });
  test("a model's own recommendation gives way as well", () => {
    const model = pairwiseModel();
    const eight = { ...model, definition: { ...model.definition, training: { negatives: 8 } } };
    expect(resolveOptions(eight, dataWith(4), {}).settings.negatives).toBe(3);
    expect(resolveOptions(eight, dataWith(100), {}).settings.negatives).toBe(8);
  });
  test("what was asked for stays as it is, to be refused where it cannot be", () => {
    expect(resolveOptions(pointwiseModel(), dataWith(4), { negatives: 7 }).settings.negatives).toBe(7);
  });
  test("a catalogue of one item asks for one, whatever the task", () => {
    expect(resolveOptions(ratingModel(), dataOf([[0]], 1), {}).settings.negatives).toBe(1);
  });
});
