/** Layer normalization and causal attention over the events of users, against PyTorch (test/golden/pytorch/make.py). */
import { test } from "vitest";
import { gradients } from "../../src/graph/gradients.ts";
import * as g from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { describeEngines, expectClose, type Named, type Numbers, read } from "./pytorch.ts";

interface AttentionFile {
  readonly width: number;
  readonly heads: number;
  readonly itemsOf: readonly Numbers[];
  readonly x: Numbers;
  readonly weights: Numbers;
  readonly kernels: Named;
  readonly normal: Numbers;
  readonly y: Numbers;
  readonly last: Numbers;
  readonly gradients: Named;
}

const file = read<AttentionFile>("attention");
const { width, heads, itemsOf } = file;
const users = itemsOf.length;
const entries = itemsOf.flat().length;
/** Every event is an item of its own, so that a table has a row for each. */
const sequence = {
  offsets: Int32Array.from([0, ...itemsOf.map((_, i) => itemsOf.slice(0, i + 1).flat().length)]),
  items: Int32Array.from({ length: entries }, (_, i) => i),
};
const param = (name: string, rows: number) => g.param(name, [rows, width], { kind: "zeros" });
const [x, weights] = [param("x", entries), param("weights", entries)];
const kernels = ["query", "key", "value"].map((name) => param(name, width)) as [Tensor, Tensor, Tensor];
const ids = g.unroll(g.data("sequence", users, entries, true), g.input("user", "i32"), {
  ...{ newest: entries, ahead: false, part: "column" },
});
const normal = g.layerNorm(g.gather(x, ids), 1e-3);
const [q, k, v] = kernels.map((kernel) => g.matmul(normal, kernel)) as [Tensor, Tensor, Tensor];
const y = g.attention(q, k, v, { heads, rate: 0, id: 0 });

describeEngines((engine, tolerance) => {
  test("layer normalization, causal attention, the latest event, and all gradients", async () => {
    const loss = g.reduceTo(g.mul(y, g.gather(weights, ids)), 0);
    const slopes = gradients(loss, [x, ...kernels]);
    const found = [x, ...kernels].map((p) => [(p.attrs as { name: string }).name, slopes.get(p) as Tensor] as const);
    const plan = lower({ normal, y, last: g.last(y), ...Object.fromEntries(found) });
    const arrays = { x: file.x, weights: file.weights, ...file.kernels };
    const parameters = Object.fromEntries(Object.entries(arrays).map(([name, all]) => [name, Float32Array.from(all)]));
    const user = Int32Array.from({ length: users }, (_, i) => i);
    const outputs = await engine.evaluate(plan, parameters, { user }, 0, { sequence });
    for (const name of ["normal", "y", "last"] as const) expectClose(outputs[name], file[name], tolerance * 5, name);
    for (const [name, values] of Object.entries(file.gradients))
      expectClose(outputs[name], values, tolerance * 5, `gradient of ${name}`);
  });
});
