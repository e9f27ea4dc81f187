/** Functions, losses and batch normalization against PyTorch (test/golden/pytorch/make.py). */
import { expect, test } from "vitest";
import { gradients } from "../../src/graph/gradients.ts";
import * as g from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import type { Tensor, UnaryFn } from "../../src/graph/tensor.ts";
import { batchNormalization } from "../../src/nn/layers.ts";
import { labelLosses, pairLosses } from "../../src/nn/losses.ts";
import { describeEngines, expectClose, feedsFor, floats, type Named, type Numbers, read } from "./pytorch.ts";

describeEngines((engine, tolerance) => {
  const functions = read<{ functions: Record<UnaryFn, { x: Numbers; y: Numbers; slope: Numbers }> }>("functions");
  test.for(Object.entries(functions.functions))("%s and its slope", async ([fn, { x, y, slope }]) => {
    const { table, value } = column("x", x.length);
    const result = g.unary(fn as UnaryFn, value);
    const plan = lower({ y: result, slope: gradients(g.reduceTo(result, 0), [table]).get(table) as Tensor });
    const outputs = await engine.evaluate(plan, { x: Float32Array.from(x) }, { user: rowIds(x.length) });
    expectClose(outputs["y"], y, tolerance, fn);
    expectClose(outputs["slope"], slope, tolerance, `slope of ${fn}`);
  });

  const losses = read<LossFile>("losses");
  test.for(Object.entries(losses.losses))("%s loss and its gradients", async ([name, expected]) => {
    const [score, other] = [column("score", losses.score.length), column("other", losses.other.length)];
    const loss =
      name === "bce" || name === "mse"
        ? labelLosses[name](score.value, g.input("label", "f32"))
        : pairLosses[name as keyof typeof pairLosses](score.value, other.value);
    const slopes = gradients(loss, name in pairLosses ? [score.table, other.table] : [score.table]);
    const plan = lower({
      loss,
      ...Object.fromEntries([...slopes].map(([table, slope]) => [(table.attrs as { name: string }).name, slope])),
    });
    const outputs = await engine.evaluate(
      plan,
      { score: Float32Array.from(losses.score), other: Float32Array.from(losses.other) },
      feedsFor(plan, { user: rowIds(losses.score.length), label: Float32Array.from(losses.label) }),
    );
    expectClose(outputs["loss"], [expected.value], tolerance, name);
    expectClose(outputs["score"], expected.gradient, tolerance, `gradient of ${name}`);
    if (expected.negativeGradient)
      expectClose(outputs["other"], expected.negativeGradient, tolerance, `other gradient of ${name}`);
  });

  test("batch normalization while training", async () => {
    const { plan, parameters, feeds, file } = normalization(true);
    const { training, rows } = file;
    const outputs = await engine.evaluate(plan, parameters, feeds);
    expectClose(outputs["y"], training.y, tolerance * 5, "y");
    for (const [key, values] of Object.entries(training.gradients)) {
      expectClose(outputs[key], values, tolerance * 5, `gradient of ${key}`);
    }
    expectClose(outputs["mean"], training.mean, tolerance, "running mean");
    // PyTorch's running variance follows the unbiased variance of the batch, ours (like Keras's) the biased one.
    const followed = training.variance.map((value, i) => {
      const kept = 0.9 * (file.start.variance[i] ?? 0);
      return kept + ((value - kept) * (rows - 1)) / rows;
    });
    expectClose(outputs["variance"], followed, tolerance, "running variance");
  });

  test("batch normalization when scoring", async () => {
    const { plan, parameters, feeds, file } = normalization(false);
    expectClose((await engine.evaluate(plan, parameters, feeds))["y"], file.inference.y, tolerance, "y");
  });
});

interface LossFile {
  readonly score: Numbers;
  readonly other: Numbers;
  readonly label: Numbers;
  readonly losses: Record<string, { value: number; gradient: Numbers; negativeGradient?: Numbers }>;
}

const rowIds = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => i);

/** A value per batch row that gradients reach: a table with one row for each. */
function column(name: string, rows: number): { table: Tensor; value: Tensor } {
  const table = g.param(name, [rows, 1], { kind: "zeros" });
  return { table, value: g.squeezeLast(g.gather(table, user)) };
}
const user = g.input("user", "i32");

interface NormalizationFile {
  readonly rows: number;
  readonly width: number;
  readonly x: Numbers;
  readonly gamma: Numbers;
  readonly beta: Numbers;
  readonly weights: Numbers;
  readonly start: { readonly mean: Numbers; readonly variance: Numbers };
  readonly training: {
    readonly y: Numbers;
    readonly gradients: Named;
    readonly mean: Numbers;
    readonly variance: Numbers;
  };
  readonly inference: { readonly y: Numbers };
}

/** y = norm(x); gradients of the weighted sum of y. */
function normalization(training: boolean) {
  const file = read<NormalizationFile>("batch-normalization");
  const table = (name: string) => g.param(name, [file.rows, file.width], { kind: "zeros" });
  const [x, weights] = [table("x"), table("weights")];
  const statistics: Record<string, Tensor> = {};
  const norm = batchNormalization("norm", file.width, {
    training,
    assign: (statistic, next) => {
      statistics[statistic.attrs.name.replace("norm/", "")] = next;
    },
  });
  const y = norm(g.gather(x, user));
  const owned = [x, ...parametersOf(y, "norm/gamma", "norm/beta")];
  const slopes = gradients(g.reduceTo(g.mul(y, g.gather(weights, user)), 0), owned);
  const named = owned.map((each) => [
    (each.attrs as { name: string }).name.replace("norm/", ""),
    slopes.get(each) as Tensor,
  ]);
  const plan = lower({ y, ...(training ? { ...Object.fromEntries(named), ...statistics } : {}) });
  const parameters = floats({
    x: file.x,
    weights: file.weights,
    "norm/gamma": file.gamma,
    "norm/beta": file.beta,
    "norm/mean": file.start.mean,
    "norm/variance": file.start.variance,
  });
  return { plan, parameters, feeds: { user: rowIds(file.rows) }, file };
}

function parametersOf(root: Tensor, ...names: readonly string[]): Tensor[] {
  const found = new Map<string, Tensor>();
  const visit = (node: Tensor): void => {
    if (node.op === "param") found.set((node.attrs as { name: string }).name, node);
    for (const input of node.inputs) visit(input);
  };
  visit(root);
  return names.map((name) => found.get(name) ?? expect.unreachable(name));
}
