/** Types of `penchant/nn`: what writing a model of one's own is checked against. */
import { describe, expectTypeOf, test } from "vitest";
import { rowDot, type Tensor } from "../../src/graph/index.ts";
import {
  type Catalog,
  count,
  defineModel,
  embedding,
  type Mode,
  type Model,
  type ModelFactory,
  number,
  type OptionRules,
  type Pair,
  type ScoreFunction,
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
      build(catalog, config, mode) {
        expectTypeOf(catalog).toEqualTypeOf<Catalog>();
        expectTypeOf(config).toEqualTypeOf<{ factors: number }>();
        expectTypeOf(mode).toEqualTypeOf<Mode>();
        const users = embedding("user", catalog.users, config.factors);
        const items = embedding("item", catalog.items, config.factors);
        return ({ user, item }) => {
          expectTypeOf(user).toEqualTypeOf<Tensor<"i32">>();
          return rowDot(users(user), items(item));
        };
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
    const build = (): ScoreFunction => () => null as never;
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

test("a model scores pairs of ids", () => {
  expectTypeOf<ScoreFunction>().toEqualTypeOf<(pair: Pair) => Tensor>();
  expectTypeOf<Task>().toEqualTypeOf<"pointwise" | "pairwise" | "rating" | "positives" | "rows" | "solve" | "none">();
});
