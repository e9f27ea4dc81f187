/** Convolutions and pooling of images, against PyTorch (test/golden/pytorch/make.py). */
import { expect, test } from "vitest";
import { gradients } from "../../src/graph/gradients.ts";
import * as g from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { describeEngines, expectClose, floats, type Named, read } from "./pytorch.ts";

interface ImagesFile {
  readonly sizes: Readonly<Record<"height" | "width" | "channels" | "kernels", number>>;
  readonly parameters: Named;
  readonly outputs: Named;
  readonly gradients: Named;
}

const file = read<ImagesFile>("images");
const { height, width, channels, kernels } = file.sizes;
const images = 3;
const param = (name: string, shape: readonly number[]) => g.param(name, shape, { kind: "zeros" });
const [x, kernel] = [param("x", [images, height * width * channels]), param("kernel", [9 * channels, kernels])];
const bias = param("bias", [kernels]);
const image = g.reshape(g.gather(x, g.input("user", "i32")), ["batch", height, width, channels]);
const convolved = (stride: number, padding: number) =>
  g.add(g.matmul(g.unfold(image, { size: 3, stride, padding }), kernel), bias);
const outputs: Readonly<Record<string, Tensor>> = {
  same: convolved(1, 1),
  strided: convolved(2, 2),
  largest: g.pool(image, { of: "max", size: 2, stride: 2 }),
  overlapping: g.pool(image, { of: "max", size: 3, stride: 1 }),
  means: g.pool(image, { of: "mean", size: 2, stride: 2 }),
};

describeEngines((engine, tolerance) => {
  test("convolutions, pooling and all gradients", async () => {
    const sums = Object.values(outputs).map((value) => g.reduceTo(g.unary("square", g.unary("tanh", value)), 0));
    const loss = sums.reduce((a, b) => g.add(a, b));
    const slopes = gradients(loss, [x, kernel, bias]);
    const of = (p: Tensor) => g.toDense(slopes.get(p) as Tensor);
    const found = { gx: of(x), gkernel: slopes.get(kernel) as Tensor, gbias: slopes.get(bias) as Tensor };
    const user = Int32Array.from({ length: images }, (_, i) => i);
    const values = await engine.evaluate(lower({ ...outputs, ...found }), floats(file.parameters), { user }, 0, {});
    expect(Object.keys(file.outputs)).toEqual(Object.keys(outputs));
    for (const [name, wanted] of Object.entries(file.outputs)) expectClose(values[name], wanted, tolerance * 5, name);
    for (const [name, wanted] of Object.entries(file.gradients))
      expectClose(values[`g${name}`], wanted, tolerance * 10, `gradient of ${name}`);
  });
});
