/** Softmax over all rows of a table or of a batch, and normal noise, against PyTorch (test/golden/pytorch/make.py). */
import { expect, test } from "vitest";
import { gaussian } from "../../src/core/random.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as g from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { inBatchSoftmax, multinomialLikelihood, softmaxCrossEntropy } from "../../src/nn/losses.ts";
import { describeEngines, expectClose, feedsFor, floats, type Named, type Numbers, read } from "./pytorch.ts";

interface SoftmaxFile {
  readonly rows: number;
  readonly items: number;
  readonly width: number;
  readonly x: Numbers;
  readonly table: Numbers;
  readonly target: Numbers;
  readonly itemsOf: readonly Numbers[];
  readonly losses: Record<string, { value: number; logSumExp: Numbers; gradients: Named }>;
}

interface InBatchFile {
  readonly users: number;
  readonly items: number;
  readonly width: number;
  readonly temperature: number;
  readonly user: Numbers;
  readonly item: Numbers;
  readonly count: Numbers;
  readonly x: Numbers;
  readonly table: Numbers;
  readonly loss: number;
  readonly gradients: Named;
}

const file = read<SoftmaxFile>("softmax");
const { rows, items, width } = file;
const matrix = g.data("history", rows, items);
const entries = {
  columns: items,
  offsets: Int32Array.from([0, ...file.itemsOf.map((_, i) => file.itemsOf.slice(0, i + 1).flat().length)]),
  items: Int32Array.from(file.itemsOf.flat()),
  values: Float32Array.from(file.itemsOf.flatMap((row) => row.map((_, i) => 0.5 + i))),
};
const [user, item] = [g.input("user", "i32"), g.input("item", "i32")];
const table = (name: string, height: number) => g.param(name, [height, width], { kind: "zeros" });
const [x, all] = [table("x", rows), table("table", items)];
const losses: Readonly<Record<string, Tensor>> = {
  softmaxCrossEntropy: softmaxCrossEntropy(g.gather(x, user), all, item),
  multinomialLikelihood: multinomialLikelihood(g.gather(x, user), all, { matrix, ids: user }),
};

describeEngines((engine, tolerance) => {
  test.for(Object.entries(losses))("%s and its gradients", async ([name, loss]) => {
    const slopes = gradients(loss, [x, all]);
    const plan = lower({
      loss,
      logSumExp: g.tableLogSumExp(g.gather(x, user), all),
      x: slopes.get(x) as Tensor,
      table: slopes.get(all) as Tensor,
    });
    const feeds = { user: Int32Array.from({ length: rows }, (_, i) => i), item: Int32Array.from(file.target) };
    const parameters = { x: Float32Array.from(file.x), table: Float32Array.from(file.table) };
    const outputs = await engine.evaluate(plan, parameters, feedsFor(plan, feeds), 0, { history: entries });
    const expected = file.losses[name] ?? expect.unreachable(name);
    expectClose(outputs["loss"], [expected.value], tolerance, name);
    expectClose(outputs["logSumExp"], expected.logSumExp, tolerance, "normalizer");
    for (const [key, values] of Object.entries(expected.gradients)) {
      expectClose(outputs[key], values, tolerance * 5, `gradient of ${key}`);
    }
  });
});

describeEngines((engine, tolerance) => {
  test("softmax over the items of a batch, corrected for their frequency, and its gradients", async () => {
    const given = read<InBatchFile>("in-batch-softmax");
    const zeros = { kind: "zeros" } as const;
    const own = g.param("x", [given.users, given.width], zeros);
    const rest = g.param("table", [given.items, given.width], zeros);
    const count = g.param("count", [given.items, 1], zeros);
    const loss = inBatchSoftmax(g.gather(own, user), g.gather(rest, item), {
      ...{ user, item, temperature: given.temperature },
      logFrequency: g.unary("log", g.squeezeLast(g.gather(count, item))),
    });
    const slopes = gradients(loss, [own, rest]);
    const plan = lower({ loss, x: slopes.get(own) as Tensor, table: slopes.get(rest) as Tensor });
    const parameters = floats({ x: given.x, table: given.table, count: given.count });
    const feeds = { user: Int32Array.from(given.user), item: Int32Array.from(given.item) };
    const outputs = await engine.evaluate(plan, parameters, feeds);
    expectClose(outputs["loss"], [given.loss], tolerance, "loss");
    for (const [key, values] of Object.entries(given.gradients)) {
      expectClose(outputs[key], values, tolerance * 5, `gradient of ${key}`);
    }
  });
});

test("normal noise has the quantiles of the error function's inverse", () => {
  const { words, quantiles } = read<{ words: Numbers; quantiles: Numbers }>("quantiles");
  expectClose(words.map(gaussian), quantiles, 1e-6, "quantile");
});
