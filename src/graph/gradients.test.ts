import { describe, expect, test } from "vitest";
import { finiteDifferences } from "../../test/support/finite-differences.ts";
import { normal } from "../core/random.ts";
import { dense, run } from "../engine/reference/evaluate.ts";
import type { Value } from "../engine/reference/kernels.ts";
import { gradients } from "./gradients.ts";
import * as ops from "./ops.ts";
import { format, lower } from "./plan.ts";
import type { Tensor, UnaryFn } from "./tensor.ts";

const batch = 3;
const [user, item] = [ops.input("user", "i32"), ops.input("item", "i32")];
const history = ops.data("history", 4, 4);
const entries = {
  offsets: Int32Array.of(0, 2, 2, 3, 7),
  items: Int32Array.of(1, 3, 0, 0, 1, 2, 3),
  values: Float32Array.of(1, 2, 0.5, 1, -1, 3, 2),
  columns: 4,
};
const [a, b] = [ops.param("a", [4, 2], { kind: "zeros" }), ops.param("b", [4, 2], { kind: "zeros" })];
const [v, s, w] = [
  ops.param("v", [2], { kind: "zeros" }),
  ops.param("s", [], { kind: "zeros" }),
  ops.param("w", [2, 3], { kind: "zeros" }),
];
const [x, y] = [ops.gather(a, user), ops.gather(b, user)];

const cases: Readonly<Record<string, Tensor>> = {
  "add, vector on rows": ops.mul(ops.add(x, v), y),
  "add, rows on vector": ops.mul(ops.add(v, x), y),
  "sub, scalar": ops.mul(ops.sub(s, x), y),
  "mul, vector": ops.mul(ops.mul(x, v), y),
  "div, both ways": ops.add(ops.div(x, ops.affine(v, 1, 9)), ops.div(v, ops.affine(y, 1, 9))),
  "div, scalar": ops.div(x, ops.affine(s, 1, 9)),
  matmul: ops.matmul(x, w),
  "matmul, transposed b": ops.matmul(ops.matmul(x, w), w, { transposeB: true }),
  "matmul, batch reduction": ops.matmul(ops.matmul(x, y, { transposeA: true }), w),
  "reduceTo and broadcastTo": ops.mul(ops.broadcastTo(ops.reduceTo(x, 1, true), x.shape), y),
  "broadcastTo with mean": ops.mul(ops.broadcastTo(ops.reduceTo(x, 1), x.shape, true), y),
  "sumLast and expandLast": ops.mul(ops.expandLast(ops.sumLast(ops.mul(x, y)), 2), x),
  affine: ops.mul(ops.affine(x, 3, -2), y),
  "concat, slice, pad": ops.mul(ops.slice(ops.pad(ops.concat(x, y, x), 1, 2), 2, 5), ops.pad(ops.concat(y, y), 0, 1)),
  reshape: ops.mul(ops.reshape(ops.slice(x, 0, 1), ["batch"]), ops.sumLast(y)),
  dropout: ops.mul(ops.dropout(x, 0.5, 8), y),
  "one table gathered twice": ops.mul(ops.gather(a, user), ops.gather(a, item)),
  normal: ops.mul(ops.add(x, ops.normal(["batch", 2], 3)), y),
  tableLogSumExp: ops.mul(
    ops.tableLogSumExp(ops.matmul(x, w), ops.unary("tanh", ops.matmul(w, w, { transposeA: true }))),
    ops.sumLast(y),
  ),
  "a used by two paths": ops.mul(x, ops.mul(x, y)),
  bag: ops.mul(ops.bag(a, history, user), y),
  "bag with dropout": ops.mul(ops.bag(a, history, user, undefined, { rate: 0.4, id: 1 }), y),
  "bag without an item": ops.mul(ops.bag(a, history, user, item), ops.bag(b, history, user)),
  "one table gathered, in a bag, and as a whole": ops.matmul(
    ops.mul(ops.bag(a, history, user, item), ops.add(x, ops.gather(a, item))),
    a,
    { transposeB: true },
  ),
  "softmax over the batch": ops.batchLogSumExp(x, ops.add(y, ops.gather(a, item)), item, user),
  "a table that is computed": ops.mul(
    ops.gather(ops.unary("tanh", ops.mul(a, v)), user),
    ops.bag(ops.add(a, b), history, user),
  ),
};
const fns: readonly UnaryFn[] = ["relu", "sigmoid", "tanh", "selu", "gelu", "softplus", "exp", "square", "abs"];
const positive: readonly UnaryFn[] = ["log", "sqrt", "rsqrt"];

const all = [
  ...Object.entries(cases),
  ...fns.map((fn) => [fn, ops.mul(ops.unary(fn, x), y)] as const),
  ...positive.map((fn) => [fn, ops.mul(ops.unary(fn, ops.affine(ops.unary("square", x), 1, 0.5)), y)] as const),
];

function values(): Record<string, Float64Array> {
  const draw = (n: number, key: number) => Float64Array.from({ length: n }, (_, i) => normal(2, key, i));
  return { a: draw(8, 1), b: draw(8, 2), v: draw(2, 3), s: draw(1, 4), w: draw(6, 5) };
}

describe("gradients", () => {
  test.each(all)("of %s equal finite differences", (_, root) => {
    // A curved reduction, so that a wrong upstream gradient cannot hide behind a constant one.
    const loss = ops.mean(ops.unary("square", root));
    const used = [a, b, v, s, w].filter((p) =>
      format(lower({ loss })).includes(`"name":"${(p.attrs as { name: string }).name}"`),
    );
    const grads = gradients(loss, used);
    const plan = lower({
      loss,
      ...Object.fromEntries(used.map((p) => [(p.attrs as { name: string }).name, grads.get(p) as Tensor])),
    });
    const parameters = values();
    const feeds = { user: Int32Array.of(3, 0, 3), item: Int32Array.of(1, 3, 2) };
    const outputsNow = () => run(plan, batch, parameters, feeds, { seed: 1, epoch: 2, step: 3 }, { history: entries });
    const at = () => dense(outputsNow()["loss"] as Float64Array)[0] as number;
    const outputs = outputsNow();
    for (const p of used) {
      const name = (p.attrs as { name: string }).name;
      const array = parameters[name] as Float64Array;
      const symbolic = dense(outputs[name] as Value);
      for (const [i, slope] of finiteDifferences(array, at, { step: 1e-6 })) {
        expect(Math.abs(slope - (symbolic[i] as number)), `${name}[${i}]`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(symbolic[i] as number)),
        );
      }
    }
  });

  test("do not pass stopGradient", () => {
    const loss = ops.mean(ops.mul(ops.stopGradient(x), y));
    expect(() => gradients(loss, [a])).toThrowError(expect.objectContaining({ code: "GRAPH_GRADIENT" }));
  });

  test("name the parameter that the loss does not reach", () => {
    expect(() => gradients(ops.mean(x), [w])).toThrowError(/"w"/);
  });

  test("need a scalar loss", () => {
    expect(() => gradients(x, [a])).toThrowError(expect.objectContaining({ code: "GRAPH_GRADIENT" }));
  });
});
