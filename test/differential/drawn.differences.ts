import { describe, expect, test } from "vitest";
import { hash } from "../../src/core/random.ts";
import type { Engine, TrainSpec } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as op from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bspm, simpleX } from "../../src/models/index.ts";
import type { Model } from "../../src/nn/model.ts";
import { cumulativeWeights, generalizedBinaryCrossEntropy, sampledSoftmax } from "../../src/nn/sampled-losses.ts";
import { expectAllClose } from "../support/close.ts";
import * as cases from "../support/engine-cases.ts";
import { sparseMatrix } from "../support/sparse.ts";

const sums = { rtol: 2e-5, atol: 2e-6 };
const [users, items] = [40, 333];
const zeros = { kind: "zeros" } as const;
const values = (size: number, key: number, scale = 1) =>
  Float32Array.from({ length: size }, (_, i) => scale * Math.sin(key + 7.3 * i));
/** Some rows are never drawn, and some nearly always. */
const noise = cumulativeWeights(Array.from({ length: items }, (_, i) => (i % 3 === 0 ? 0 : (hash(3, i) % 5) ** 3)));

/** Losses of users' vectors against drawn rows of a table that is also looked up: by ids, and from a table that is computed. */
function plan(count: number, width: number): Plan {
  const [user, item] = [op.input("user", "i32"), op.input("item", "i32")];
  const [p, q] = [op.param("users", [users, width], zeros), op.param("items", [items, width], zeros)];
  const often = op.param("often", [items, 1], zeros);
  const x = op.unary("tanh", op.gather(p, user));
  const byWeight = op.draw(count, items, 4, op.data("noise", 1, items));
  const evenly = op.draw(count + 1, items, 5);
  const computed = op.unary("tanh", q);
  const losses = [
    sampledSoftmax(x, q, item, evenly),
    sampledSoftmax(x, computed, item, byWeight, often),
    generalizedBinaryCrossEntropy(x, q, item, byWeight, 0.75),
    op.mean(op.unary("square", op.putBack(evenly, op.pick(computed, evenly), items))),
  ];
  const loss = losses.reduce((a, b) => op.add(a, b));
  const grads = gradients(loss, [p, q, often]);
  const of = (t: Tensor) => grads.get(t) as Tensor;
  return lower({ loss, p: of(p), q: of(q), often: of(often), byWeight, evenly, picked: op.pick(q, byWeight) });
}

const trained = [
  ["simplex", simpleX({ dim: 9, drawn: 70, margin: 0.1 }) as Model],
  ["simplex, of many negatives", simpleX({ dim: 70, drawn: 1000, margin: -1 }) as Model],
] as const;
const spec = (model: Model, threads: number): TrainSpec => {
  const interactions = cases.interactions("nothing");
  const feed = { ...cases.feed("ratings"), interactions, known: interactions };
  return cases.trainSpec(model, { feed, threads, batchSize: 70 });
};
const range = { epoch: 1, from: 0, to: 3, learningRate: 0.02 };

/** What an engine makes of rows drawn for the whole batch, and of rows times a data matrix, against the definition. */
export function describeDrawn(engine: Engine): void {
  describe(`${engine.name} engine against the definition: rows drawn for the batch`, () => {
    test.each([
      [1, 1],
      [70, 8],
      [300, 33],
      [1100, 70], // a table that all threads compute
    ])("%i rows of width %i: the draws, losses and gradients", async (count, width) => {
      const parameters = { users: values(users * width, 1), items: values(items * width, 2), often: values(items, 3) };
      const rows = 150;
      const feeds = {
        user: Int32Array.from({ length: rows }, (_, i) => (i * 7) % users),
        item: Int32Array.from({ length: rows }, (_, i) => (i * 11) % items),
      };
      const given = [plan(count, width), parameters, feeds, 9, { noise }] as const;
      const [own, definition] = [await engine.evaluate(...given), await referenceEngine.evaluate(...given)];
      for (const draws of ["byWeight", "evenly"]) expect(own[draws], draws).toEqual(definition[draws]);
      expectAllClose(own, definition, sums);
      for (const number of own["byWeight"] ?? []) expect(number % 3).not.toBe(0);
    });

    test.each(trained)("%s: several steps, any number of threads", async (_, model) => {
      const definition = await referenceEngine.trainer(spec(model, 1));
      const { loss } = await definition.run(range);
      const states = [];
      for (const threads of [1, 2, 3]) {
        const trainer = await engine.trainer(spec(model, threads));
        expect((await trainer.run(range)).loss).toBeCloseTo(loss, 4);
        states.push(await trainer.state());
      }
      expectAllClose(states[0] ?? {}, await definition.state(), { rtol: 1e-4, atol: 1e-5 });
      for (const state of states) expect(state).toEqual(states[0]);
    });

    test("a plan with more rows to draw than its table has is refused", async () => {
      const broken = plan(3, 2);
      const draw = broken.instructions.find(({ op }) => op === "draw");
      const instructions = broken.instructions.map((x) =>
        x === draw ? { ...x, attrs: { ...x.attrs, rows: items + 1 } } : x,
      );
      const parameters = { users: values(users * 2, 1), items: values(items * 2, 2), often: values(items, 3) };
      const feeds = { user: Int32Array.of(1), item: Int32Array.of(1) };
      await expect(
        (async () => engine.evaluate({ ...broken, instructions } as Plan, parameters, feeds, 9, { noise }))(),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^GRAPH_/) });
    });
  });

  describe(`${engine.name} engine against the definition: rows times a data matrix`, () => {
    const graph = sparseMatrix(4, users, items, 7);
    test("forth and back, with gradients", async () => {
      const [user, kernel] = [op.input("user", "i32"), op.param("kernel", [users, 5], zeros)];
      const table = op.param("table", [users, users], zeros);
      const matrix = op.data("graph", users, items);
      const spread = op.through(op.unary("tanh", op.gather(table, user)), matrix);
      const back = op.through(op.unary("sigmoid", spread), matrix, { transpose: true });
      const loss = op.mean(op.unary("square", op.matmul(back, kernel)));
      const grads = gradients(loss, [kernel, table]);
      const given = [
        lower({ spread, back, kernel: grads.get(kernel) as Tensor, table: grads.get(table) as Tensor }),
        { kernel: values(5 * users, 1), table: values(users * users, 2) },
        { user: Int32Array.from({ length: 150 }, (_, i) => (i * 7) % users) },
        9,
        { graph },
      ] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), sums);
    });

    test("scores of a filter, whatever the threads", async () => {
      const model = bspm({ factors: 4 }) as Model;
      const { plan, parameters, data } = cases.scoreSpec(model);
      const everybody = Int32Array.from({ length: cases.users }, (_, i) => i);
      const sizes = { users: cases.users, items: cases.items };
      const of = async (scorers: Engine, threads: number) => {
        using scorer = await scorers.scorer({ plan, parameters, ...(data && { data }), ...sizes, threads });
        return await scorer.score(
          everybody,
          Int32Array.from(everybody, (user) => user % cases.items),
        );
      };
      const definition = await of(referenceEngine, 1);
      for (const threads of [1, 2, 3]) expectAllClose({ s: await of(engine, threads) }, { s: definition }, sums);
    });
  });
}
