/** What PyTorch computed (test/golden/pytorch/make.py), repeated by our engines to 1e-5 and better. */
import { expect, test } from "vitest";
import type { Csr, FeedSpec, OptimizerSpec } from "../../src/engine/contract.ts";
import { modelNamed } from "../../src/models/index.ts";
import type { LossName } from "../../src/nn/losses.ts";
import type { Catalog } from "../../src/nn/model.ts";
import { trainingPlan } from "../../src/nn/plans.ts";
import { describeEngines, expectClose, feedsFor, floats, type Named, type Numbers, read } from "./pytorch.ts";

interface ModelFile {
  readonly model: string;
  readonly config: object;
  readonly loss: LossName;
  readonly users: number;
  readonly items: number;
  readonly meanValue: number;
  readonly itemsOf: readonly Numbers[];
  readonly negativeOf: Numbers;
  readonly labels: Numbers;
  readonly parameters: Named;
  readonly value: number;
  readonly gradients: Named;
  readonly traces: readonly {
    readonly name: string;
    readonly optimizer: OptimizerSpec;
    readonly learningRate: number;
    readonly batchSize: number;
    readonly losses: Numbers;
    readonly parameters: Named;
  }[];
}

const csr = (rows: readonly Numbers[], values?: Numbers): Csr => ({
  offsets: Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]),
  items: Int32Array.from(rows.flat()),
  values: values && Float32Array.from(values),
});

/** The rows of the file in their order: labels as ratings, or triples whose negative leaves no choice. */
function feedOf(file: ModelFile): FeedSpec {
  const { users, items, itemsOf, labels, negativeOf } = file;
  const allBut = (one: number | undefined) => Array.from({ length: items }, (_, i) => i).filter((i) => i !== one);
  return {
    kind: file.loss === "bpr" || file.loss === "hinge" ? "triples" : "ratings",
    negatives: 1,
    distribution: { kind: "uniform" },
    shuffle: "none",
    users,
    items,
    interactions: csr(itemsOf, labels),
    known: csr(negativeOf.map(allBut)),
  };
}

function setUp(name: string) {
  const file = read<ModelFile>(name);
  const catalog: Catalog = { ...file, itemCounts: new Float32Array(file.items) };
  const model = modelNamed(file.model)(file.config);
  const plan = trainingPlan(model, catalog, { loss: file.loss });
  const data = model.matrices?.({ ...csr(file.itemsOf), columns: file.items });
  const isRated = file.model === "biased-mf";
  const parameters = { ...floats(file.parameters), ...(isRated ? { mean: Float32Array.of(file.meanValue) } : {}) };
  const user = Int32Array.from(file.itemsOf.flatMap((items, index) => items.map(() => index)));
  const feeds = {
    user,
    item: Int32Array.from(file.itemsOf.flat()),
    label: Float32Array.from(file.labels),
    negative: user.map((index) => file.negativeOf[index] as number),
  };
  return { file, plan, parameters, feeds, data };
}

const files = ["gmf", "mlp", "neumf", "biased-mf", "bpr-mf", "bpr-mf-hinge", "lightgcn"];
const cases = files.flatMap((name) => read<ModelFile>(name).traces.map((trace) => [name, trace.name] as const));

describeEngines((engine, tolerance) => {
  test.for(files)("%s: loss and gradients", async (name) => {
    const { file, plan, parameters, feeds, data } = setUp(name);
    const outputs = await engine.evaluate(plan, parameters, feedsFor(plan, feeds), 0, data);
    expectClose(outputs["loss"], [file.value], tolerance, "loss");
    const trained = Object.keys(plan.outputs).filter((output) => output.startsWith("grad:"));
    expect(trained.toSorted()).toEqual(
      Object.keys(file.gradients)
        .map((key) => `grad:${key}`)
        .toSorted(),
    );
    for (const [key, values] of Object.entries(file.gradients)) {
      expectClose(outputs[`grad:${key}`], values, tolerance, `gradient of ${key}`);
    }
  });

  test.for(cases)("%s: three steps of %s", async ([name, traceName]) => {
    const { file, plan, parameters, data } = setUp(name);
    const trace = file.traces.find((each) => each.name === traceName) ?? expect.unreachable();
    const { batchSize, learningRate, optimizer } = trace;
    const spec = { plan, parameters, data, feed: feedOf(file), optimizer, batchSize, seed: 1, threads: 1 };
    using trainer = await engine.trainer(spec);
    for (const [step, loss] of trace.losses.entries()) {
      const [epoch, from] = trainer.stepsPerEpoch === 1 ? [step, 0] : [0, step];
      const report = await trainer.run({ epoch, from, to: from + 1, learningRate });
      expectClose([report.loss], [loss], tolerance * 5, `loss of step ${step}`);
    }
    for (const [key, values] of Object.entries(trace.parameters)) {
      expectClose(await trainer.parameter(key), values, tolerance * 5, key);
    }
  });
});
