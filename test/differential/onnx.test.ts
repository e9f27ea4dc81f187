import { describe, expect, test } from "vitest";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { toOnnx, toOnnxTopK } from "../../src/export/onnx/index.ts";
import * as g from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor, UnaryFn } from "../../src/graph/tensor.ts";
import { unaryFunctions } from "../support/unary-functions.ts";
import { floats, integers, OnnxModel, randomIds, randomParameters, worstError } from "./onnx.ts";

const users = 7;
const items = 11;
const width = 5;

/** Builds a score `[batch]` from a user row x `[batch, 5]`, an item row y `[batch, 5]` and their product. */
type Build = (x: Tensor, y: Tensor) => Tensor;

function planOf(build: Build): Plan {
  const table = (name: "user" | "item", rows: number) =>
    g.gather(g.param(`${name}/table`, [rows, width], { kind: "zeros" }), g.input(name, "i32"));
  return lower({ score: build(table("user", users), table("item", items)) });
}

const matrix = (name: string, ...shape: number[]) => g.param(name, shape, { kind: "zeros" });
const positive = (x: Tensor) => g.affine(g.unary("square", x), 1, 0.5);
const unaryCase = (fn: UnaryFn): Build => {
  const domain = fn === "log" || fn === "sqrt" || fn === "rsqrt" ? positive : (x: Tensor) => g.affine(x, 4);
  return (x, y) => g.sumLast(g.unary(fn, domain(g.add(x, y))));
};

const cases: Readonly<Record<string, Build>> = {
  "row dot": (x, y) => g.rowDot(x, y),
  "add, sub, mul, div": (x, y) => g.sumLast(g.div(g.sub(g.add(x, y), g.mul(x, y)), positive(y))),
  "a vector against rows": (x, y) => g.sumLast(g.sub(matrix("v", width), g.mul(g.mul(x, y), matrix("w", width)))),
  "a scalar against rows and a batch": (x, y) => g.add(g.sumLast(g.mul(matrix("s"), g.add(x, y))), matrix("t")),
  matmul: (x, y) => g.sumLast(g.matmul(g.mul(x, y), matrix("w", width, 3))),
  "matmul, transposed right": (x, y) => g.sumLast(g.matmul(g.mul(x, y), matrix("w", 3, width), { transposeB: true })),
  "matmul of parameters, transposed left": (x, y) =>
    g.sumLast(g.matmul(g.mul(x, y), g.matmul(matrix("a", 4, width), matrix("b", 4, 2), { transposeA: true }))),
  concat: (x, y) => g.sumLast(g.mul(g.concat(x, y, g.mul(x, y)), matrix("w", 3 * width))),
  slice: (x, y) => g.sumLast(g.mul(g.slice(x, 1, 3), g.slice(y, 2, 3))),
  pad: (x, y) => g.sumLast(g.mul(g.mul(g.pad(x, 1, 2), matrix("w", width + 3)), g.pad(y, 2, 1))),
  "reshape to a batch": (x, y) => g.squeezeLast(g.matmul(g.mul(x, y), matrix("w", width, 1))),
  "reshape to a column": (x, y) => g.sumLast(g.mul(g.reshape(g.rowDot(x, y), ["batch", 1]), matrix("w", 1))),
  "reshape of a parameter": (x, y) => g.sumLast(g.mul(g.mul(x, y), g.reshape(matrix("w", width, 1), [width]))),
  expandLast: (x, y) => g.sumLast(g.mul(g.expandLast(g.rowDot(x, y), 3), matrix("w", 3))),
  "sum of a parameter": (x, y) => g.add(g.rowDot(x, y), g.reduceTo(matrix("w", 3, 4), 0)),
  "mean of a parameter's rows": (x, y) => g.sumLast(g.mul(g.mul(x, y), g.reduceTo(matrix("w", 3, width), 1, true))),
  "a scalar repeated for the batch": (x, y) => g.add(g.rowDot(x, y), g.broadcastTo(matrix("w"), ["batch"])),
  "a vector repeated for the batch": (x, y) =>
    g.sumLast(g.mul(g.broadcastTo(matrix("w", width), ["batch", width]), g.add(x, y))),
  "a vector spread over static rows": (x, y) =>
    g.sumLast(g.matmul(g.mul(x, y), g.broadcastTo(matrix("w", 3), [width, 3], true))),
  affine: (x, y) => g.affine(g.sumLast(g.affine(g.affine(g.mul(x, y), 3), 1, -2)), -0.5, 0.25),
  constant: (x, y) => g.add(g.rowDot(x, y), g.constant(0.125)),
  "dropout and stopGradient do nothing": (x, y) => g.rowDot(g.dropout(x, 0.5, 3), g.stopGradient(y)),
  "users alone": (x) => g.sumLast(x),
  "items alone": (_, y) => g.sumLast(g.matmul(y, matrix("w", width, 4))),
  "neither users nor items": () => g.broadcastTo(matrix("w"), ["batch"]),
  ...Object.fromEntries(unaryFunctions.map((fn) => [`unary ${fn}`, unaryCase(fn)])),
};

const options = (plan: Plan, parameters: Record<string, Float32Array>) => ({
  plan,
  parameters,
  users,
  items,
  name: "case",
});
/** dropout would be active in the reference: a scoring plan has none, so the expected scores leave it out. */
const scored = (plan: Plan): Plan => ({
  ...plan,
  instructions: plan.instructions.map((x) =>
    x.op === "dropout" ? { ...x, op: "stopGradient" as const, attrs: {} } : x,
  ),
});

describe("toOnnx", () => {
  test.for(Object.entries(cases))("ONNX Runtime repeats the reference's scores: %s", async ([, build]) => {
    const plan = planOf(build);
    const parameters = randomParameters(plan);
    const model = await OnnxModel.load(toOnnx(options(plan, parameters)));
    for (const batch of [1, 3, 64]) {
      const [user, item] = [randomIds(batch, users, 1), randomIds(batch, items, 2)];
      const expected = (await referenceEngine.evaluate(scored(plan), parameters, { user, item }))[
        "score"
      ] as Float32Array;
      expect(worstError(await model.score(user, item), expected)).toBeLessThan(1e-5);
    }
  });
});

describe("toOnnxTopK", () => {
  test.for(Object.entries(cases))("lists every item in order of score: %s", async ([, build]) => {
    const plan = planOf(build);
    const parameters = randomParameters(plan);
    const model = await OnnxModel.load(toOnnxTopK({ ...options(plan, parameters), k: items }));
    const user = Int32Array.of(3, 0, 6, 3);
    const answer = await model.lists(user);
    const lists = integers(answer["items"]);
    expect(answer["items"]?.dims).toEqual([4, items]);
    const expected = await referenceEngine.evaluate(scored(plan), parameters, {
      user: Int32Array.from(lists, (_, i) => user[Math.floor(i / items)] as number),
      item: Int32Array.from(lists),
    });
    const scores = floats(answer["scores"]);
    expect(worstError(scores, expected["score"] as Float32Array)).toBeLessThan(1e-5);
    for (let row = 0; row < 4; row++) {
      const [list, own] = [lists.slice(row * items, (row + 1) * items), scores.slice(row * items, (row + 1) * items)];
      expect(list.toSorted((a, b) => a - b)).toEqual(Array.from({ length: items }, (_, i) => i));
      expect([...own]).toEqual([...own].sort((a, b) => b - a));
    }
  });

  test("equal scores are listed by item index", async () => {
    const plan = planOf(() => g.broadcastTo(matrix("w"), ["batch"]));
    const model = await OnnxModel.load(toOnnxTopK({ ...options(plan, randomParameters(plan)), k: 4 }));
    expect(integers((await model.lists([2, 5]))["items"])).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  test("without k the model asks for it, and gives at most every item", async () => {
    const plan = planOf(g.rowDot);
    const model = await OnnxModel.load(toOnnxTopK(options(plan, randomParameters(plan))));
    expect(model.inputNames).toEqual(["user", "exclude", "k"]);
    expect((await model.lists([1, 2, 3], { k: 4 }))["items"]?.dims).toEqual([3, 4]);
    expect((await model.lists([1], { k: 99 }))["scores"]?.dims).toEqual([1, items]);
  });
});
