import { describe, expect, test } from "vitest";
import type { Csr, Engine, OptimizerSpec, ScoreSpec, TrainSpec } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { gradients } from "../../src/graph/gradients.ts";
import {
  add,
  affine,
  bag,
  concat,
  crossAttention,
  crossBag,
  data,
  gather,
  input,
  matmul,
  mean,
  mul,
  param,
  rowDot,
  slice,
  spmm,
  sub,
  sumLast,
  toDense,
  unary,
} from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import { isRowSparse, type OpAttrs, type Tensor } from "../../src/graph/tensor.ts";
import { expectAllClose, expectClose } from "../support/close.ts";
import * as cases from "../support/engine-cases.ts";
import { sparseMatrix } from "../support/sparse.ts";

const rounding = { rtol: 5e-6, atol: 1e-6 };
const [users, items, width] = [50, 230, 21];
const history = sparseMatrix(1, users, items, 11);
const neighbours = sparseMatrix(2, items, items, 29);
const table = Float32Array.from({ length: items * width }, (_, i) => Math.sin(i * 7.3));
const square = Float32Array.from({ length: items * items }, (_, i) => Math.sin(i * 3.7) / 10);
const kernel = Float32Array.from({ length: width * items }, (_, i) => Math.cos(i * 1.9));

const user = () => input("user", "i32");
const historyOf = () => data("history", users, items);
/** What rows of scores are made of: a dense table, a sparse one, and layers behind a bag. */
const rowPlans: Readonly<Record<string, Plan>> = {
  dense: lower({ score: bag(param("table", [items, items], { kind: "zeros" }), historyOf(), user()) }),
  sparse: lower({ score: bag(data("neighbours", items, items), historyOf(), user()) }),
  layered: lower({
    score: matmul(
      unary("tanh", bag(param("rows", [items, width], { kind: "zeros" }), historyOf(), user())),
      param("kernel", [width, items], { kind: "zeros" }),
    ),
  }),
};
const parameters = { table: square, rows: table, kernel };
const matrices = { history, neighbours };
const spec = (plan: Plan, threads = 2): ScoreSpec => ({ plan, parameters, data: matrices, users, items, threads });

/** A table that a score reads in several ways, and what flows back to it as a whole array. */
function tablePlan(score: (rows: Tensor, user: Tensor<"i32">, item: Tensor<"i32">) => Tensor): Plan {
  const rows = param("rows", [items, width], { kind: "zeros" });
  const [ids, item] = [user(), input("item", "i32")];
  const scores = sumLast(mul(gather(rows, item), unary("tanh", score(rows, ids, item))));
  const loss = mean(unary("square", sub(scores, input("label", "f32"))));
  const grad = gradients(loss, [rows]).get(rows) as Tensor;
  return lower({ loss, "grad:rows": isRowSparse(grad) ? toDense(grad) : grad });
}
/** `x` through a layer and back through the same one. */
const around = (x: Tensor, rows: Tensor) => matmul(matmul(x, rows, { transposeB: true }), rows);
const tablePlans: Readonly<Record<string, Plan>> = {
  "by rows": tablePlan((rows, _, item) => gather(rows, item)),
  "in a bag": tablePlan((rows, ids) => bag(rows, historyOf(), ids)),
  "in a bag but for an item": tablePlan((rows, ids, item) => bag(rows, historyOf(), ids, item)),
  "in bags": tablePlan((rows, ids, item) => {
    const matrix = historyOf();
    const sum = add(bag(rows, matrix, ids), bag(rows, matrix, ids, item));
    return add(sum, bag(rows, data("neighbours", items, items), item));
  }),
  "by rows and as a whole": tablePlan((rows, _, item) => around(gather(rows, item), rows)),
  "in a bag and as a whole": tablePlan((rows, ids) => around(bag(rows, historyOf(), ids), rows)),
  "after it is computed": tablePlan((rows, ids, item) => {
    const computed = unary("tanh", affine(rows, 0.5));
    return add(bag(computed, historyOf(), ids), gather(computed, item));
  }),
  "by crosses": tablePlan((rows, ids, item) =>
    crossBag(rows, { matrix: historyOf(), ids }, { matrix: data("neighbours", items, items), ids: item }, 5),
  ),
  "by crosses but for an item": tablePlan((rows, ids, item) => {
    const some = { matrix: data("neighbours", items, items), ids: item };
    const crossed = crossBag(rows, { matrix: historyOf(), ids, without: item }, some, 6);
    return add(crossed, gather(rows, item));
  }),
  "by attention": tablePlan((rows, ids, item) =>
    crossAttention(gather(rows, item), rows, rows, historyOf(), ids, item),
  ),
  "by attention to what is computed": tablePlan((rows, ids, item) => {
    const [keys, values] = [unary("tanh", affine(rows, 0.5)), concat(rows, unary("sigmoid", rows))];
    const seen = crossAttention(affine(gather(keys, item), 0.7), keys, values, historyOf(), ids);
    return add(slice(seen, 0, width), slice(seen, width, width));
  }),
  "by attention of a hidden layer, smoothed": tablePlan((rows, ids, item) => {
    const [query, keys] = [affine(gather(rows, item), 3), unary("tanh", affine(rows, 2))];
    return crossAttention(query, keys, rows, historyOf(), ids, item, { smoothing: 0.5, units: true });
  }),
  "by attention, smoothed": tablePlan((rows, ids, item) =>
    crossAttention(gather(rows, item), rows, rows, historyOf(), ids, item, { smoothing: 0.3 }),
  ),
  "by attention of a hidden layer": tablePlan((rows, ids, item) =>
    crossAttention(affine(gather(rows, item), 2), rows, rows, historyOf(), ids, undefined, { units: true }),
  ),
  "by attention and spread": tablePlan((rows, ids, item) => {
    const spread = spmm(data("neighbours", items, items), rows);
    return crossAttention(gather(spread, item), spread, rows, historyOf(), ids, item);
  }),
};
const trainSpec = (plan: Plan): TrainSpec => ({
  plan,
  parameters: { rows: table.map((x) => x / 4) },
  data: matrices,
  feed: cases.feed("pairs", { users, items, interactions: history, known: history }),
  optimizer: cases.sgd,
  batchSize: 300,
  seed: 4,
  threads: 1,
});

const everybody = Int32Array.from({ length: users }, (_, i) => (i * 7) % users);
const leftOut = everybody.map((u, i) => history.items[history.offsets[u] as number] ?? i);
const inputsOf = ({ instructions }: Plan) =>
  new Set(instructions.flatMap(({ op, attrs }) => (op === "input" ? [(attrs as OpAttrs["input"]).name] : [])));
/** The history of those users, as what is left out or looked for. */
function pick(matrix: Csr, rows: Int32Array): Csr {
  const lists = Array.from(rows, (row) => matrix.items.subarray(matrix.offsets[row], matrix.offsets[row + 1]));
  const offsets = new Int32Array(rows.length + 1);
  for (const [i, list] of lists.entries()) offsets[i + 1] = (offsets[i] as number) + list.length;
  return { offsets, items: Int32Array.from(lists.flatMap((list) => [...list])) };
}

/** Scores of pairs, lists and ranks of an engine are those of the definition. */
async function scoresAgree(plan: Plan, engine: Engine): Promise<void> {
  using own = await engine.scorer(spec(plan));
  using reference = await referenceEngine.scorer(spec(plan));
  const pairs = [everybody, everybody.map((u) => (u * 31) % items)] as const;
  expectClose(await own.score(...pairs), await reference.score(...pairs), rounding, "score");
  const request = { users: everybody, k: 9, exclude: pick(history, everybody) };
  const candidates = Int32Array.from({ length: 40 }, (_, i) => i * 5 + 1);
  for (const limits of [{}, { candidates }]) {
    const [found, expected] = [
      await own.topK({ ...request, ...limits }),
      await reference.topK({ ...request, ...limits }),
    ];
    expectClose(found.scores, expected.scores, rounding, "scores");
  }
  const targets = pick(history, everybody);
  const [ranks, expected] = [
    await own.ranks({ users: everybody, targets }),
    await reference.ranks({ users: everybody, targets }),
  ];
  expect(ranks.candidates).toEqual(expected.candidates);
  // Float32 and float64 may order two nearly equal scores differently.
  const apart = ranks.greater.filter((greater, i) => Math.abs(greater - (expected.greater[i] as number)) > 1);
  expect(apart).toEqual(new Int32Array());
}

/** What an engine makes of data matrices against the definition. */
export function describeData(engine: Engine): void {
  describe(`${engine.name} engine against the definition: data matrices`, () => {
    test("bags add up the rows of dense and of sparse tables", async () => {
      const [matrix, ids] = [historyOf(), user()];
      const plan = lower({
        dense: bag(param("rows", [items, width], { kind: "zeros" }), matrix, ids),
        sparse: bag(data("neighbours", items, items), matrix, ids),
      });
      const given = [plan, { rows: table }, { user: everybody }, 0, matrices] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), rounding);
    });

    test("entries of a column can be left out", async () => {
      const [matrix, ids, without] = [historyOf(), user(), input("item", "i32")];
      const plan = lower({
        dense: bag(param("rows", [items, width], { kind: "zeros" }), matrix, ids, without),
        sparse: bag(data("neighbours", items, items), matrix, ids, without),
      });
      const given = [plan, { rows: table }, { user: everybody, item: leftOut }, 0, matrices] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), rounding);
      const kept = { ...given[2], item: leftOut.map(() => 5) };
      expect(await engine.evaluate(...given)).not.toEqual(await engine.evaluate(plan, given[1], kept, 0, matrices));
    });

    test.each(Object.keys(tablePlans))("gradients of a table that is read %s", async (name) => {
      const plan = tablePlans[name] as Plan;
      const read = inputsOf(plan);
      const all = { user: everybody, item: leftOut, label: Float32Array.from(leftOut, (i) => i % 2) };
      const feeds = Object.fromEntries(Object.entries(all).filter(([input]) => read.has(input)));
      const given = [plan, trainSpec(plan).parameters, feeds, 0, matrices] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), {
        rtol: 2e-5,
        atol: 1e-6,
      });
    });

    test.each(Object.keys(tablePlans))("a table that is read %s is trained as by the definition", async (name) => {
      for (const optimizer of [cases.sgd, cases.optimizers["lazy adam, clipped, with l2 and decay"] as OptimizerSpec]) {
        const trained = async (by: Engine, threads: number) => {
          using trainer = await by.trainer({ ...trainSpec(tablePlans[name] as Plan), optimizer, threads });
          await trainer.run({ epoch: 0, from: 0, to: 3, learningRate: 0.01 });
          return await trainer.parameters();
        };
        const own = await trained(engine, 1);
        expectAllClose(own, await trained(referenceEngine, 1), { rtol: 1e-4, atol: 1e-5 });
        expect(await trained(engine, 3)).toEqual(own);
      }
    });

    test.each(Object.keys(rowPlans))("rows of scores (%s): pairs, lists and ranks", async (name) => {
      await scoresAgree(rowPlans[name] as Plan, engine);
    });

    test("pairs that look from an item at what the user did: pairs, lists and ranks", async () => {
      const rows = param("rows", [items, width], { kind: "zeros" });
      const item = gather(rows, input("item", "i32"));
      const seen = crossAttention(affine(item, 0.5), rows, unary("tanh", rows), historyOf(), user());
      const plan = lower({ score: add(rowDot(seen, item), sumLast(seen)) });
      await scoresAgree(plan, engine);
    });

    test("crosses of pairs: pairs, lists and ranks", async () => {
      const [ids, item, few] = [user(), input("item", "i32"), param("rows", [items, width], { kind: "zeros" })];
      const right = { matrix: data("neighbours", items, items), ids: item };
      const crossed = crossBag(few, { matrix: historyOf(), ids }, right, 7);
      await scoresAgree(lower({ score: add(rowDot(gather(few, item), crossed), sumLast(crossed)) }), engine);
    });

    test("a row without entries of a positive weight is zero, and moves nothing", async () => {
      const few = {
        offsets: Int32Array.of(0, 0, 2, 3, 5),
        items: Int32Array.of(0, 2, 1, 0, 1),
        values: Float32Array.of(0, -1, 2, 0.5, 3),
      };
      const rows = param("rows", [3, 2], { kind: "zeros" });
      const [ids, item] = [user(), input("item", "i32")];
      const seen = crossAttention(gather(rows, item), rows, rows, data("few", 4, 3), ids, item);
      const loss = mean(rowDot(seen, gather(rows, item)));
      const plan = lower({ seen, loss, grad: gradients(loss, [rows]).get(rows) as Tensor });
      const feeds = { user: Int32Array.of(0, 1, 2, 2, 3), item: Int32Array.of(0, 1, 1, 0, 1) };
      const given = [plan, { rows: table.slice(0, 6) }, feeds, 0, { few }] as const;
      const own = await engine.evaluate(...given);
      expectAllClose(own, await referenceEngine.evaluate(...given), rounding);
      expect([...(own["seen"] as Float32Array)].slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    });

    test("a matrix may be larger than any dense one", async () => {
      const count = 300_000;
      const plan = lower({ score: bag(data("neighbours", count, count), data("history", 2, count), user()) });
      const offsets = Int32Array.from({ length: count + 1 }, (_, i) => i);
      const ring = { offsets, items: Int32Array.from({ length: count }, (_, i) => (i + 1) % count) };
      const did = { offsets: Int32Array.of(0, 1, 2), items: Int32Array.of(7, count - 1) };
      const given = [plan, {}, { user: Int32Array.of(1) }, 0, { neighbours: ring, history: did }] as const;
      const { score = new Float32Array() } = await engine.evaluate(...given);
      expect([score.length, score.indexOf(1), score.reduce((sum, value) => sum + value)]).toEqual([count, 0, 1]);
      expect({ score }).toEqual(await referenceEngine.evaluate(...given));
    });

    test("any number of threads gives the same bytes", async () => {
      for (const plan of Object.values(rowPlans)) {
        using one = await engine.scorer(spec(plan, 1));
        using three = await engine.scorer(spec(plan, 3));
        const request = { users: everybody, k: 20 };
        expect(await three.topK(request)).toEqual(await one.topK(request));
      }
    });

    test("a column twice in a row of a data matrix counts twice", async () => {
      const rows = (first: readonly number[], values: readonly number[]) => ({
        offsets: new Int32Array(users + 1).fill(first.length, 1),
        items: Int32Array.from(first),
        values: Float32Array.from(values),
      });
      const scored = async (by: Engine, matrix: Csr) => {
        const scorer = await by.scorer({ ...spec(rowPlans["dense"] as Plan), data: { history: matrix } });
        return scorer.score(
          new Int32Array(items),
          Int32Array.from({ length: items }, (_, item) => item),
        );
      };
      const twice = await scored(engine, rows([2, 2, 5], [1, 0.5, 2]));
      const expected = Float32Array.from(
        { length: items },
        (_, item) => 1.5 * (square[2 * items + item] as number) + 2 * (square[5 * items + item] as number),
      );
      expectClose(twice, expected, rounding, "scores");
      expectClose(await scored(referenceEngine, rows([2, 2, 5], [1, 0.5, 2])), expected, rounding, "by definition");
    });

    test("a matrix that is missing, or has other rows, is refused", async () => {
      const plan = rowPlans["sparse"] as Plan;
      const wrong = { ...matrices, history: sparseMatrix(1, users + 1, items, 11) };
      for (const given of [{}, { history }, wrong]) {
        const made = engine.scorer({ ...spec(plan), data: given });
        await expect(made).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      }
      const made = engine.scorer({ ...spec(plan), items: items - 1 });
      await expect(made).rejects.toMatchObject({ code: "ENGINE_INPUT" });
    });
  });

  describe(`${engine.name} engine against the definition: solutions`, () => {
    const matrix = sparseMatrix(5, 90, 140, 6);
    const both = async <T>(solve: (solver: Engine["solver"], threads: number) => Promise<T>) => {
      const [one, three] = [await solve(engine.solver, 1), await solve(engine.solver, 3)];
      expect(three).toEqual(one);
      return [one, await solve(referenceEngine.solver, 1)] as const;
    };

    test("EASE", async () => {
      const [own, expected] = await both((solver, threads) => solver.ease(matrix, 4, { threads }));
      expectClose(own, expected, { rtol: 2e-5, atol: 0 }, "B");
    });

    test.each([
      { count: 7, normalize: true, shrinkage: 0 },
      { count: 200, normalize: true, shrinkage: 12 },
      { count: 7, normalize: false, shrinkage: 3 },
      {
        count: 7,
        normalize: false,
        shrinkage: 0,
        weights: Float32Array.from({ length: 140 }, (_, i) => 0.1 + (i % 7)),
      },
    ])("neighbours %o", async (options) => {
      const [own, expected] = await both((solver, threads) => solver.neighbours({ matrix, ...options }, { threads }));
      expect(own.offsets).toEqual(expected.offsets);
      expect(own.items).toEqual(expected.items);
      expectClose(own.values, expected.values, rounding, "similarity");
    });

    test("singular vectors", async () => {
      const problem = { matrix, count: 6, iterations: 80 };
      const [own, expected] = await both((solver, threads) => solver.singularVectors(problem, { threads }));
      expectClose(own, expected, { rtol: 0, atol: 1e-4 }, "vectors");
    });

    test("SLIM", async () => {
      const values = matrix.values?.map(Math.abs);
      const problem = { matrix: { ...matrix, values }, l1: 2, l2: 20, count: 9, passes: 100, tolerance: 1e-7 };
      const [own, expected] = await both((solver, threads) => solver.slim(problem, { threads }));
      expect(own.offsets).toEqual(expected.offsets);
      expect(own.items).toEqual(expected.items);
      expectClose(own.values, expected.values, { rtol: 1e-4, atol: 1e-6 }, "weights");
    });

    test.each([0, 40])("least squares, %i steps of conjugate gradients", async (steps) => {
      const problem = {
        matrix,
        fixed: Float32Array.from({ length: 140 * 12 }, (_, i) => Math.sin(i * 5.1) / 3),
        factors: new Float32Array(90 * 12).fill(0.1),
        width: 12,
        unobserved: 0.2,
        offset: 0.2,
        l2: Float32Array.from({ length: 90 }, (_, i) => 1 + i / 30),
        steps,
      };
      const [own, expected] = await both((solver, threads) => solver.leastSquares(problem, { threads }));
      expectClose(own, expected, { rtol: 1e-4, atol: 0 }, "factors");
    });

    test("a column twice in a row is refused, by the definition too", async () => {
      const twice = { offsets: Int32Array.of(0, 1, 4), items: Int32Array.of(0, 0, 2, 2), columns: 3 };
      const [fixed, factors, l2] = [new Float32Array(3), new Float32Array(2), Float32Array.of(1, 1)];
      const control = { threads: 1 };
      const limits = { l1: 1, l2: 1, count: 1, passes: 1, tolerance: 0 };
      for (const { solver } of [engine, referenceEngine]) {
        const asked = [
          () => solver.ease(twice, 1, control),
          () => solver.neighbours({ matrix: twice, count: 1, normalize: true, shrinkage: 0 }, control),
          () => solver.slim({ matrix: twice, ...limits }, control),
          () => solver.singularVectors({ matrix: twice, count: 1, iterations: 1 }, control),
          () =>
            solver.leastSquares(
              { ...{ matrix: twice, fixed, factors, l2, width: 1 }, unobserved: 1, offset: 0, steps: 0 },
              control,
            ),
        ];
        for (const each of asked) {
          await expect(each()).rejects.toMatchObject({
            code: "ENGINE_INPUT",
            message: expect.stringContaining(
              "expected distinct columns in a row; received column 2 twice in row 1",
            ) as string,
          });
        }
      }
    });

    test("what has no solution is refused, and what is cancelled ends", async () => {
      const control = { threads: 2 };
      await expect(engine.solver.ease(matrix, 0, control)).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      const cancelled = { ...control, signal: AbortSignal.abort() };
      await expect(engine.solver.ease(matrix, 1, cancelled)).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
    });
  });
}
