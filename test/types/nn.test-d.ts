/** Types of `penchant/nn`: what writing a model of one's own is checked against. */
import { describe, expectTypeOf, test } from "vitest";
import type { Tensor } from "../../src/graph/index.ts";
import {
  type Builder,
  count,
  defineModel,
  type Model,
  type ModelFactory,
  type ModelInputs,
  type ModelOutputs,
  number,
  type OptionRules,
  type Task,
} from "../../src/nn/index.ts";

interface OwnConfig {
  readonly factors: number;
  readonly dropout?: number;
}

const facts = { name: "own", title: "Own", paper: "none", task: "pointwise", training: {} } as const;
const rules: OptionRules<OwnConfig> = { factors: count("width"), dropout: number("share", 0, 1) };

describe("defineModel", () => {
  test("takes the configuration from what is defined, for build and for callers", () => {
    const own = defineModel({
      ...facts,
      defaults: { factors: 8 },
      options: { factors: count("width") },
      build(inputs, config, nn) {
        expectTypeOf(inputs).toEqualTypeOf<ModelInputs>();
        expectTypeOf(config).toEqualTypeOf<{ factors: number }>();
        expectTypeOf(nn).toEqualTypeOf<Builder>();
        const user = nn.embed(inputs.users.id, config.factors);
        // @ts-expect-error: ids, not their number
        nn.embed(inputs.users.size, config.factors);
        // @ts-expect-error: there is no such input
        nn.embed(inputs.items.genres, config.factors);
        return { score: nn.dot(user, nn.embed(inputs.items.id, config.factors)), vectors: { item: user } };
      },
    });
    expectTypeOf(own).toEqualTypeOf<ModelFactory<{ factors: number }>>();
    expectTypeOf(own({ factors: 4 }).config.factors).toEqualTypeOf<number>();
    // @ts-expect-error: the option is factors
    own({ width: 4 });
    // @ts-expect-error: of type number
    own({ factors: "4" });
  });

  test("wants a rule for every option, of its type", () => {
    const build = (): ModelOutputs => null as never;
    const own = defineModel<OwnConfig>({ ...facts, defaults: { factors: 8 }, options: rules, build });
    expectTypeOf(own({ dropout: 0.5 })).toEqualTypeOf<Model<OwnConfig>>();
    // @ts-expect-error: dropout has no rule
    defineModel<OwnConfig>({ ...facts, defaults: { factors: 8 }, options: { factors: count("width") }, build });
    // @ts-expect-error: factors has no default
    defineModel<OwnConfig>({ ...facts, defaults: {}, options: rules, build });
    // @ts-expect-error: there is no such task
    defineModel<OwnConfig>({ ...facts, task: "listwise", defaults: { factors: 8 }, options: rules, build });
  });
});

test("a name, and a function of ids: the least that a model is", () => {
  const own = defineModel({
    name: "own",
    build: ({ users, items }, _, nn): Tensor => nn.add(nn.bias(users.id), nn.bias(items.id)),
  });
  expectTypeOf(own).toEqualTypeOf<ModelFactory<object>>();
  expectTypeOf<Task>().toEqualTypeOf<"pointwise" | "pairwise" | "rating" | "positives" | "rows" | "solve" | "none">();
});
