import { describe, expect, test } from "vitest";
import type { OpAttrs } from "../graph/tensor.ts";
import { gmf, neuMf, popularity } from "../models/index.ts";
import { defineModel, recommendedFor } from "./model.ts";
import { flag } from "./options.ts";
import { trainingPlan } from "./plans.ts";

const catalog = { users: 5, items: 7, meanValue: 1, itemCounts: new Float32Array(7) };

describe("defineModel", () => {
  test("overlays the defaults", () => {
    expect(neuMf({ factors: 16 }).config).toEqual({ factors: 16, activation: "relu", dropout: 0 });
    expect(gmf().config).toEqual(gmf.definition.defaults);
  });

  test("refuses an unknown option and lists the valid ones", () => {
    const wrong = { factor: 8 } as Record<string, number>;
    expect(() => neuMf(wrong)).toThrowError(
      expect.objectContaining({
        code: "CONFIG_UNKNOWN",
        fix: 'Did you mean "factors"?',
        message: expect.stringContaining("embeddingWidth"),
      }),
    );
  });

  test.each([{ factors: 0 }, { factors: 1.5 }, { factors: Number.NaN }, { dropout: 1 }, { hidden: [8, 0] }])(
    "refuses %j",
    (config) => {
      expect(() => neuMf(config)).toThrowError(expect.objectContaining({ code: "CONFIG_VALUE" }));
    },
  );
});

describe("recommended training", () => {
  const size = { users: 10, items: 20, interactions: 300 };
  const rule = { rules: { epochs: "by users" }, of: ({ users }: { users: number }) => ({ epochs: users }) };
  const build: Parameters<typeof defineModel<{ fast: boolean }>>[0]["build"] = ({ users, items }, _, nn) =>
    nn.add(nn.bias(users.id), nn.bias(items.id));
  const options = { fast: flag("quicker") };

  test("may depend on the configuration, and on the size of the data with it", () => {
    const own = defineModel<{ fast: boolean }>({
      ...{ name: "own", defaults: { fast: true }, options, build },
      training: ({ fast }) => (fast ? { learningRate: 0.1 } : { learningRate: 0.01, negatives: 2 }),
      sized: ({ fast }) => (fast ? rule : undefined),
    });
    const [usual, slow] = [own().definition, own({ fast: false }).definition];
    expect(recommendedFor(usual, size)).toEqual({ learningRate: 0.1, epochs: 10 });
    expect(recommendedFor(slow, size)).toEqual({ learningRate: 0.01, negatives: 2 });
    expect(recommendedFor(own.definition, size)).toEqual(recommendedFor(usual, size));
    expect([usual.task, slow.task, "sized" in slow]).toEqual(["pointwise", "pointwise", false]);
  });

  test("is the same for every configuration where it is no function", () => {
    const own = defineModel<{ fast: boolean }>({
      ...{ name: "own", defaults: { fast: true }, options, build },
      ...{ training: { batchSize: 7 }, sized: rule },
    });
    for (const fast of [true, false]) {
      expect(recommendedFor(own({ fast }).definition, size)).toEqual({ batchSize: 7, epochs: 10 });
    }
  });
});

describe("trainingPlan", () => {
  test("takes another task and loss than the model's own", () => {
    const names = trainingPlan(neuMf(), catalog, { task: "pairwise", loss: "hinge" }).instructions.flatMap((x) =>
      x.op === "input" ? [(x.attrs as { name: string }).name] : [],
    );
    expect(names.sort()).toEqual(["item", "negative", "user"]);
  });

  test("a parameter may bring an update rule of its own, whole in the plan", () => {
    const own = defineModel<object>({
      name: "own",
      build({ users, items }, _, nn) {
        const wide = nn.bias(items.id, { optimizer: { kind: "ftrl", rate: 50, l1: 0.1 } });
        return nn.add(nn.add(nn.bias(users.id, { optimizer: "adagrad" }), wide), nn.param("mu", [], { kind: "zeros" }));
      },
    });
    const { instructions } = trainingPlan(own(), catalog);
    const rules = instructions
      .filter(({ op }) => op === "param")
      .map(({ attrs }) => (attrs as OpAttrs["param"]).optimizer);
    expect(rules).toEqual([
      { kind: "adagrad", epsilon: 1e-10, initialAccumulator: 0, rate: 1, weightDecay: 0 },
      { kind: "ftrl", beta: 1, l1: 0.1, rate: 50, weightDecay: 0 },
      undefined,
    ]);
  });

  test("refuses a loss that does not fit the task, and models that do not learn", () => {
    expect(() => trainingPlan(neuMf(), catalog, { loss: "bpr" })).toThrowError(
      expect.objectContaining({ code: "CONFIG_VALUE" }),
    );
    expect(() => trainingPlan(popularity(), catalog)).toThrowError(expect.objectContaining({ code: "CONFIG_VALUE" }));
  });

  test("refuses weights where the loss is the model's own and would not look at them", () => {
    const own = defineModel<object>({
      ...{ name: "own", task: "pointwise", options: {}, defaults: {} },
      build({ users, items, label }, _, nn) {
        const score = nn.dot(nn.embed(users.id, 2), nn.embed(items.id, 2));
        return { score, loss: nn.mean(nn.unary("square", nn.sub(score, label))) };
      },
    });
    expect(trainingPlan(own(), catalog).outputs["loss"]).toBeDefined();
    expect(() => trainingPlan(own(), catalog, { weighted: true })).toThrowError(
      expect.objectContaining({ code: "CONFIG_VALUE", message: expect.stringContaining("loss of its own") as string }),
    );
  });
});
