/** Types of `penchant/models`: configurations are checked where they are written. */
import { describe, expectTypeOf, test } from "vitest";
import {
  biasedMf,
  type GmfConfig,
  gmf,
  mlp,
  modelNamed,
  models,
  type NeuMfConfig,
  neuMf,
  neuMfFrom,
  popularity,
} from "../../src/models/index.ts";
import type { Model, ModelFactory } from "../../src/nn/index.ts";

describe("a model of the zoo", () => {
  test("takes any part of its configuration and keeps the whole", () => {
    expectTypeOf(neuMf()).toEqualTypeOf<Model<NeuMfConfig>>();
    expectTypeOf(neuMf({ factors: 16, hidden: [64, 32] }).config).toEqualTypeOf<NeuMfConfig>();
    expectTypeOf(neuMf().config.embeddingWidth).toEqualTypeOf<number | undefined>();
    expectTypeOf(gmf).toEqualTypeOf<ModelFactory<GmfConfig>>();
    expectTypeOf(popularity()).toExtend<Model>();
  });
  test("refuses an option of the wrong name", () => {
    // @ts-expect-error: the option is factors
    neuMf({ factor: 16 });
    // @ts-expect-error: gmf has no tower to set widths of per side
    gmf({ embeddingWidth: 8 });
    // @ts-expect-error: the baseline has no options
    popularity({ factors: 1 });
  });
  test("refuses an option of the wrong type", () => {
    // @ts-expect-error: a number
    biasedMf({ factors: "16" });
    // @ts-expect-error: a list of widths
    mlp({ hidden: 64 });
    // @ts-expect-error: one of the activations
    neuMf({ activation: "swishy" });
    // @ts-expect-error: what is known is not undefined
    neuMf({ factors: undefined });
  });
});

test("models found by name are checked when they run", () => {
  expectTypeOf(modelNamed("neumf")).toEqualTypeOf<ModelFactory>();
  expectTypeOf(models).toEqualTypeOf<readonly ModelFactory[]>();
});

test("pretraining joins two runs' parameters", () => {
  expectTypeOf(neuMfFrom).parameter(2).toEqualTypeOf<number | undefined>();
  expectTypeOf(neuMfFrom({}, {})["gmf/user"]).toEqualTypeOf<Float32Array | undefined>();
});
