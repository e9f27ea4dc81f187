import { describe, expect, test } from "vitest";
import { finiteDifferences } from "../../test/support/finite-differences.ts";
import { normal } from "../core/random.ts";
import { dense, run } from "../engine/reference/evaluate.ts";
import type { Value } from "../engine/reference/kernels.ts";
import { gradients } from "./gradients.ts";
import * as ops from "./ops.ts";
import { lower } from "./plan.ts";
import { summary } from "./summary.ts";
import type { Tensor } from "./tensor.ts";

const user = ops.input("user", "i32");
const param = (name: string, shape: readonly number[]) => ops.param(name, shape, { kind: "zeros" });
const [a, b, w] = [param("a", [3, 24]), param("b", [3, 12]), param("w", [8, 5])];
const image = ops.reshape(ops.gather(a, user), ["batch", 3, 4, 2]);
/** A matrix of 6 x 2 per row. */
const other = ops.reshape(ops.gather(b, user), ["batch", 6, 2]);
const wide = ops.reshape(ops.gather(a, user), ["batch", 6, 4]);
const window = { size: 2, stride: 1, padding: 0 };
const wideRow = ops.gather(b, user);
const given = {
  offsets: Int32Array.of(0, 2, 2, 5),
  items: Int32Array.of(0, 7, 3, 7, 11),
  values: Float32Array.of(1, 2, 0.5, -1, 3),
  columns: 12,
};
const [transposeA, transposeB] = [true, true];

const cases: Readonly<Record<string, Tensor>> = {
  "matmul, of rows in rows": ops.matmul(ops.unfold(image, window), w),
  "matmul, of rows in rows, transposed": ops.matmul(ops.matmul(ops.unfold(image, window), w), w, { transposeB }),
  "matmul, over all rows": ops.matmul(wide, other, { transposeA }),
  "batchMatmul, transposed on the left": ops.batchMatmul(wide, other, { transposeA }),
  batchMatmul: ops.batchMatmul(ops.reshape(other, ["batch", 2, 6]), wide),
  "batchMatmul, transposed on the right": ops.batchMatmul(ops.reshape(other, ["batch", 3, 4]), wide, { transposeB }),
  "batchMatmul, transposed on both sides": ops.batchMatmul(other, ops.reshape(wide, ["batch", 4, 6]), {
    transposeA,
    transposeB,
  }),
  "an outer product": ops.batchMatmul(ops.reshape(other, ["batch", 12, 1]), ops.reshape(other, ["batch", 1, 12])),
  "unfold, padded, with gaps": ops.unfold(image, { size: 2, stride: 3, padding: 1 }),
  "unfold, padded": ops.matmul(ops.unfold(image, { size: 2, stride: 1, padding: 1 }), w),
  fold: ops.fold(ops.unfold(image, { size: 3, stride: 1, padding: 1 }), {
    ...{ size: 3, stride: 1, padding: 1 },
    ...{ height: 3, width: 4 },
  }),
  "rows of a data matrix, through which nothing flows": ops.mul(ops.denseRows(ops.data("given", 3, 12), user), wideRow),
  "pool, the largest": ops.pool(image, { of: "max", size: 2, stride: 1 }),
  "pool, the mean": ops.pool(image, { of: "mean", size: 2, stride: 2 }),
};

const draw = (n: number, key: number) => Float64Array.from({ length: n }, (_, i) => normal(2, key, i));
const feeds = { user: Int32Array.of(2, 0, 2, 1) };
const moment = { seed: 1, epoch: 2, step: 3 };

describe("products of rows and parts of images", () => {
  test.each(Object.entries(cases))("%s: gradients equal finite differences", (_, root) => {
    const loss = ops.mean(ops.unary("square", root));
    const reached = [a, b, w].filter((p) => {
      try {
        return gradients(loss, [p]).size > 0;
      } catch {
        return false;
      }
    });
    expect(reached.length).toBeGreaterThan(0);
    const slopes = gradients(loss, reached);
    const name = (p: Tensor) => (p.attrs as { name: string }).name;
    const plan = lower({ loss, ...Object.fromEntries(reached.map((p) => [name(p), slopes.get(p) as Tensor])) });
    const parameters = { a: draw(72, 1), b: draw(36, 2), w: draw(40, 3) };
    const outputs = run(plan, 4, parameters, feeds, moment, { given });
    const lossNow = () => dense(run(plan, 4, parameters, feeds, moment, { given })["loss"] as Value)[0] as number;
    for (const p of reached) {
      const array = parameters[name(p) as keyof typeof parameters];
      const symbolic = dense(outputs[name(p)] as Value);
      for (const [i, slope] of finiteDifferences(array, lossNow, { step: 1e-6 })) {
        expect(symbolic[i], `${name(p)}[${i}]`).toBeCloseTo(slope, 6);
      }
    }
  });

  test("a part is read row by row, channels last, zeros around the image", () => {
    const one = ops.reshape(ops.param("x", [2, 2], { kind: "zeros" }), [4]);
    const x = ops.reshape(ops.mul(ops.expandLast(ops.input("label", "f32"), 4), one), ["batch", 2, 2, 1]);
    const plan = lower({ parts: ops.unfold(x, { size: 2, stride: 1, padding: 1 }) });
    const { parts } = run(plan, 1, { x: Float64Array.of(1, 2, 3, 4) }, { label: Float32Array.of(1) }, moment, {});
    const found = dense(parts as Value);
    expect([...found.subarray(0, 12)]).toEqual([0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 2, 0]);
    expect([...found.subarray(16, 20)]).toEqual([1, 2, 3, 4]);
  });

  test("a summary calls a convolution by its name", () => {
    const maps = ops.withScope("eyes", () => ops.unary("relu", ops.matmul(ops.unfold(image, window), w)));
    const layers = summary({ score: ops.mean(maps) }).layers.map(({ name, kind }) => [name, kind]);
    expect(layers).toContainEqual(["eyes", "Convolution · relu"]);
  });

  const refused: readonly (readonly [string, () => unknown])[] = [
    ["rows that are no images", () => ops.unfold(ops.gather(a, user), window)],
    ["an image smaller than a part", () => ops.unfold(image, { size: 4, stride: 1, padding: 0 })],
    ["a part that may lie in the padding alone", () => ops.unfold(image, { size: 2, stride: 1, padding: 2 })],
    ["parts of another image", () => ops.fold(ops.unfold(image, window), { ...window, height: 4, width: 4 })],
    ["pooling of more than there is", () => ops.pool(image, { of: "max", size: 4, stride: 1 })],
    ["matrices that do not meet", () => ops.batchMatmul(wide, other)],
    ["a matrix per row and one for all", () => ops.batchMatmul(wide, w)],
    ["a kernel of another width", () => ops.matmul(wide, w)],
  ];
  test.each(refused)("%s: refused", (_, build) => {
    expect(build).toThrowError(expect.objectContaining({ code: "GRAPH_SHAPE" }));
  });
});
