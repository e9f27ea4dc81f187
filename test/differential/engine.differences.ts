import { describe, expect, test } from "vitest";
import type { Engine, FeedSpec, Feeds, Trainer, TrainSpec } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import * as op from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import { modelNamed } from "../../src/models/index.ts";
import { defineModel } from "../../src/nn/model.ts";
import { trainingPlan } from "../../src/nn/plans.ts";
import { expectAllClose, expectClose } from "../support/close.ts";
import * as cases from "../support/engine-cases.ts";

/** Float32 against float64: rounding of single values, and what sums over a batch make of it. */
const rounding = { rtol: 2e-6, atol: 1e-7 };
const sums = { rtol: 2e-5, atol: 1e-6 };
/** After several updates, each of which starts from slightly different weights. */
const updates = { rtol: 1e-4, atol: 1e-5 };

const neuMf = modelNamed("neumf")();

async function epochs(trainer: Trainer, count: number, learningRate = 0.05): Promise<number[]> {
  const losses: number[] = [];
  for (let epoch = 0; epoch < count; epoch++) {
    losses.push((await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate })).loss);
  }
  return losses;
}

/** State after each of the first steps of an epoch. */
async function stepwise(engine: Engine, spec: TrainSpec, epoch: number): Promise<Record<string, Float32Array>[]> {
  const trainer = await engine.trainer(spec);
  const states: Record<string, Float32Array>[] = [];
  for (let step = 0; step < Math.min(40, trainer.stepsPerEpoch); step++) {
    await trainer.run({ epoch, from: step, to: step + 1, learningRate: 1 });
    states.push(await trainer.parameters());
  }
  trainer.dispose();
  return states;
}

/** The same with interactions that all count as 1. */
const unweighted = ({ interactions, ...rest }: Pick<FeedSpec, "interactions">): Partial<FeedSpec> => ({
  ...rest,
  interactions: { ...interactions, values: undefined },
});

/** Compares an engine with the reference, which is the definition. */
export function describeDifferences(engine: Engine): void {
  describe(`${engine.name} engine against the definition: rows`, () => {
    const kinds = ["pairs", "triples", "ratings", "rows"] as const;
    const variants: readonly (readonly [string, Partial<FeedSpec>])[] = [
      ["uniform", {}],
      ["by popularity", { distribution: cases.alias }],
      ["in order", { shuffle: "none" }],
      ["one negative", { negatives: 1 }],
    ];
    for (const kind of ["pairs", "triples"] as const)
      variantsOf(kind, [
        ["dislikes", cases.disliking()],
        ["dislikes, in order", { ...cases.disliking(), shuffle: "none" }],
        ["dislikes alone have weights", unweighted(cases.disliking())],
      ]);
    for (const kind of kinds) variantsOf(kind, variants);

    function variantsOf(kind: FeedSpec["kind"], given: typeof variants): void {
      test.each(given)(`${kind}, %s: every step sees exactly the rows of the definition`, async (_, given) => {
        for (const [batchSize, seed, epoch] of [
          [5, 1, 0],
          [64, 2, 1],
          [100_000, 4294967295, 7],
        ] as const) {
          const spec = cases.countingSpec(cases.feed(kind, given), { batchSize, seed });
          expect(await stepwise(engine, spec, epoch)).toEqual(await stepwise(referenceEngine, spec, epoch));
        }
      });
    }
  });

  describe(`${engine.name} engine against the definition: evaluate`, () => {
    const count = 37;
    const { user, item } = cases.pairs(count);
    const feeds: Feeds = {
      user,
      item,
      event: item.map((i) => (i * 11 + 4) % cases.interactions().items.length),
      negative: item.map((i) => (i * 5 + 2) % cases.items),
      label: Float32Array.from(user, (_, i) => i % 2),
    };
    const given = (model: (typeof cases.trainable)[number][1]) => {
      const plan = trainingPlan(model, cases.catalog);
      const names = plan.instructions.flatMap(({ op, attrs }) =>
        op === "input" ? [(attrs as { name: string }).name] : [],
      );
      const wanted = Object.fromEntries(names.map((name) => [name, feeds[name] ?? new Float32Array()]));
      return [plan, cases.parametersOf(plan), wanted, 5, cases.dataOf(plan, model)] as const;
    };

    test.each(cases.trainable)("%s: loss and every gradient are those of the definition", async (_, model) => {
      expectAllClose(await engine.evaluate(...given(model)), await referenceEngine.evaluate(...given(model)), sums);
    });
  });

  describe(`${engine.name} engine: sums beside means`, () => {
    test("of one shape are not added up in one place", async () => {
      // x is 1, 2 and 3 over the batch, ten times that in the second column
      const table = op.param("table", [4, 2], { kind: "zeros" });
      const x = op.gather(table, op.input("user", "i32"));
      const reduced = (scale: number, rank: number, mean: boolean) => {
        const row = op.affine(x, scale, 0.5);
        return op.reduceTo(rank === 0 ? op.sumLast(row) : row, rank, mean);
      };
      const plan = lower({
        sumFirst: op.add(reduced(2, 1, false), reduced(3, 1, true)),
        meanFirst: op.add(reduced(4, 1, true), reduced(5, 1, false)),
        numbers: op.add(reduced(6, 0, false), reduced(7, 0, true)),
      });
      const parameters = { table: Float32Array.of(0, 0, 1, 10, 2, 20, 3, 30) };
      const found = await engine.evaluate(plan, parameters, { user: Int32Array.of(1, 2, 3) });
      // 13.5 + 6.5, 121.5 + 60.5; 8.5 + 31.5, 80.5 + 301.5; (396 + 3) + (462 + 3) / 3
      expect(found).toMatchObject({
        sumFirst: Float32Array.of(20, 182),
        meanFirst: Float32Array.of(40, 382),
        numbers: Float32Array.of(554),
      });
    });
  });

  describe(`${engine.name} engine against the definition: training`, () => {
    test.each(cases.trainable)("%s: two epochs give the losses and weights of the definition", async (_, model) => {
      const spec = cases.trainSpec(model);
      const [own, definition] = [await engine.trainer(spec), await referenceEngine.trainer(spec)];
      expectClose(await epochs(own, 2), await epochs(definition, 2), updates, "losses");
      expectAllClose(await own.parameters(), await definition.parameters(), updates);
    });

    test.each(Object.keys(cases.optimizers))("%s: several steps give the state of the definition", async (name) => {
      const optimizer = cases.optimizers[name] ?? cases.sgd;
      for (const model of [neuMf, modelNamed("bpr-mf")({ factors: 5 } as never)]) {
        // Somebody without negatives has pairwise gradients of zero, whose rounding Adam would blow up to full steps.
        const interactions = cases.interactions("nothing");
        const feed = { ...cases.trainSpec(model).feed, interactions, known: interactions };
        const spec = cases.trainSpec(model, { optimizer, feed, batchSize: 256 });
        const [own, definition] = [await engine.trainer(spec), await referenceEngine.trainer(spec)];
        for (const trainer of [own, definition]) {
          await trainer.run({ epoch: 0, from: 0, to: 2, learningRate: Float32Array.of(0.01, 0.02) });
        }
        expectAllClose(await own.state(), await definition.state(), updates);
      }
    });

    test("reports the mean loss over the rows", async () => {
      const spec = cases.trainSpec(neuMf, { batchSize: 100 });
      const ranges = [
        { from: 0, to: 3 },
        { from: 3, to: 1e9 },
      ];
      const [own, definition] = [await engine.trainer(spec), await referenceEngine.trainer(spec)];
      for (const { from, to } of ranges) {
        const range = { epoch: 0, from, to: Math.min(to, own.stepsPerEpoch), learningRate: 0.1 };
        const [a, b] = [await own.run(range), await definition.run(range)];
        expect(a.rows).toBe(b.rows);
        expect(a.loss).toBeCloseTo(b.loss, 5);
        expect(a.seconds).toBeGreaterThanOrEqual(0);
      }
    });
  });

  describe(`${engine.name} engine against the definition: weights`, () => {
    test("there is a model for each loss", () => {
      expect(cases.weighable.map(([name]) => name).sort()).toEqual([
        "bpr-mf",
        "mult-vae",
        "neumf",
        "softmax-dnn",
        "two-tower",
      ]);
    });
    test.each(cases.weighable)(
      "%s: values weigh as the definition has it, and change what is learned",
      async (_, model) => {
        const spec = cases.weightedSpec(model, { batchSize: 256 });
        const learned = async (by: Engine, from: TrainSpec) => {
          using trainer = await by.trainer(from);
          const { loss } = await trainer.run({
            epoch: 0,
            from: 0,
            to: Math.min(3, trainer.stepsPerEpoch),
            learningRate: 0.1,
          });
          return { loss, parameters: await trainer.parameters() };
        };
        const [own, definition] = [await learned(engine, spec), await learned(referenceEngine, spec)];
        expectClose([own.loss], [definition.loss], rounding, "loss");
        for (const [name, values] of Object.entries(definition.parameters)) {
          expectClose(own.parameters[name] as Float32Array, values, rounding, name);
        }
        const plain = await learned(engine, cases.trainSpec(model, { batchSize: 256 }));
        expect(plain.parameters).not.toEqual(own.parameters);
      },
    );
  });

  describe(`${engine.name} engine against the definition: scoring`, () => {
    test.each(cases.scorable)("%s: scores are those of the definition", async (_, model) => {
      const { user, item } = cases.pairs(1500);
      const [own, definition] = [
        await engine.scorer(cases.scoreSpec(model)),
        await referenceEngine.scorer(cases.scoreSpec(model)),
      ];
      expectClose(await own.score(user, item), await definition.score(user, item), rounding, "score");
    });

    /** A layer of wide and narrow outputs over a constant and an item. */
    const constantBeside = (units: number) =>
      defineModel<object>({
        name: "constant-beside",
        build({ users, items }, _, nn) {
          const row = nn.broadcastTo(nn.constant(0.3), ["batch", 8]);
          const joined = nn.concat(row, nn.embed(items.id, 8), nn.embed(users.id, 8));
          const hidden = nn.activation("relu")(nn.dense("hidden", units)(joined));
          return nn.add(nn.squeezeLast(nn.dense("constant", 1)(row)), nn.squeezeLast(nn.dense("out", 1)(hidden)));
        },
      })();
    test.each([1, 5, 16])("a layer of %i over rows that are all one number", async (units) => {
      const spec = cases.scoreSpec(constantBeside(units));
      using own = await engine.scorer(spec);
      using definition = await referenceEngine.scorer(spec);
      const { user, item } = cases.pairs(1500);
      expectClose(await own.score(user, item), await definition.score(user, item), rounding, "score");
      const request = { users: Int32Array.of(0, 3, 1), k: 7 };
      const [a, b] = [await own.topK(request), await definition.topK(request)];
      expect(a.items).toEqual(b.items);
      expectClose(a.scores, b.scores, rounding, "scores");
    });
  });
}
