/** A gated recurrent unit over the events of users, against PyTorch (test/golden/pytorch/make.py). */
import { test } from "vitest";
import { gradients } from "../../src/graph/gradients.ts";
import * as g from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { describeEngines, expectClose, type Named, type Numbers, read } from "./pytorch.ts";

interface GruFile {
  readonly width: number;
  readonly inner: number;
  readonly itemsOf: readonly Numbers[];
  readonly x: Numbers;
  readonly weights: Numbers;
  readonly parameters: Named;
  readonly y: Numbers;
  readonly gradients: Named;
}

const file = read<GruFile>("gru");
const { width, inner, itemsOf } = file;
const users = itemsOf.length;
const entries = itemsOf.flat().length;
/** Every event is an item of its own, so that a table has a row for each. */
const sequence = {
  offsets: Int32Array.from([0, ...itemsOf.map((_, i) => itemsOf.slice(0, i + 1).flat().length)]),
  items: Int32Array.from({ length: entries }, (_, i) => i),
};
const param = (name: string, shape: readonly number[]) => g.param(name, shape, { kind: "zeros" });
const [x, weights] = [param("x", [entries, inner]), param("weights", [entries, width])];
const [input, inputBias] = [param("input", [inner, 3 * width]), param("inputBias", [3 * width])];
const [kernel, bias] = [param("kernel", [width, 3 * width]), param("bias", [3 * width])];
const ids = g.unroll(g.data("sequence", users, entries, true), g.input("user", "i32"), {
  ...{ newest: entries, ahead: false, part: "column" },
});
const y = g.gru(g.add(g.matmul(g.gather(x, ids), input), inputBias), kernel, bias);

describeEngines((engine, tolerance) => {
  test("a gated recurrent unit and all gradients", async () => {
    const loss = g.reduceTo(g.mul(y, g.gather(weights, ids)), 0);
    const slopes = gradients(loss, [x, input, inputBias, kernel, bias]);
    const found = [...slopes].map(([p, slope]) => [(p.attrs as { name: string }).name, slope] as [string, Tensor]);
    const plan = lower({ y, ...Object.fromEntries(found) });
    const arrays = { x: file.x, weights: file.weights, ...file.parameters };
    const parameters = Object.fromEntries(Object.entries(arrays).map(([name, all]) => [name, Float32Array.from(all)]));
    const user = Int32Array.from({ length: users }, (_, i) => i);
    const outputs = await engine.evaluate(plan, parameters, { user }, 0, { sequence });
    expectClose(outputs["y"], file.y, tolerance * 5, "y");
    for (const [name, values] of Object.entries(file.gradients))
      expectClose(outputs[name], values, tolerance * 5, `gradient of ${name}`);
  });
});
