import { describe, expect, test } from "vitest";
import type { ProfileEntry, StepProfile } from "../../../engine/contract.ts";
import type { Instruction, Plan } from "../../../graph/plan.ts";
import type { OpName } from "../../../graph/tensor.ts";
import { defineModel } from "../../../nn/model.ts";
import { trainingPlan } from "../../../nn/plans.ts";
import { labelerOf } from "./label.ts";
import { joinProfiles, profileTable } from "./table.ts";

const model = defineModel({
  name: "tower",
  build({ users, items }, _, nn) {
    const pair = nn.concat(nn.embed(users.id, 4, { name: "p" }), nn.embed(items.id, 4, { name: "q" }));
    return nn.squeezeLast(nn.dense("head", 1)(nn.tower("mlp", [6, 3])(pair)));
  },
});

const plan: Plan = trainingPlan(model(), { users: 10, items: 8, meanValue: 0, itemCounts: new Float32Array(8) });

const name = ({ attrs }: Instruction) => (attrs as { name?: string }).name;

/** The n-th instruction of a kind. */
function slotOf(op: OpName, n = 0, shape?: string): number {
  const found = [...plan.instructions.entries()].filter(
    ([, x]) => x.op === op && (shape === undefined || x.shape.join() === shape),
  );
  return (found[n] as [number, Instruction])[0];
}

const outputSlot = (output: string): number => plan.outputs[output] as number;
const paramSlot = (parameter: string): number => plan.instructions.findIndex((x) => name(x) === parameter);

const entry = (what: string, slot?: number, more: Partial<ProfileEntry> = {}): ProfileEntry => ({
  ...{ what, slot, parameter: undefined, seconds: 1, calls: 1, flops: 0, bytes: 0 },
  ...more,
});

describe("labelerOf", () => {
  const label = labelerOf(plan);
  const brief = (what: string, slot?: number, more?: Partial<ProfileEntry>) => {
    const { label: text, phase, parameter } = label(entry(what, slot, more));
    return [text, phase, parameter];
  };

  test("a gather is of its table", () => {
    expect(label(entry("gather", slotOf("gather", 1)))).toEqual({
      label: "gather q",
      phase: "forward",
      op: "gather",
      parameter: "q",
      shape: ["batch", 4],
    });
  });

  test("a product is of its kernel, also where the engine does bias and activation in the same step", () => {
    expect(brief("product", slotOf("unary", 0, "batch,6"))).toEqual([
      "product + relu mlp/0/kernel",
      "forward",
      "mlp/0/kernel",
    ]);
    const bias = plan.instructions.findIndex((x) => x.op === "add" && x.inputs.includes(paramSlot("head/bias")));
    expect(brief("product", bias)).toEqual(["product + bias head/kernel", "forward", "head/kernel"]);
  });

  test("on the way back a product is of the kernel that it reads transposed", () => {
    // The gradient of the first activation is a product with the second kernel, masked.
    expect(brief("product", slotOf("unaryGrad", 0, "batch,6"))).toEqual([
      "product + relu gradient mlp/1/kernel",
      "backward",
      "mlp/1/kernel",
    ]);
    expect(brief("pack", paramSlot("mlp/1/kernel"))).toEqual(["pack mlp/1/kernel", "backward", "mlp/1/kernel"]);
  });

  test("sums over the batch are of the parameter whose gradient they are", () => {
    const products = plan.instructions.flatMap((x, slot) =>
      x.op === "matmul" && x.shape[0] !== "batch" ? [slot] : [],
    );
    const names = products.map((slot) => brief("add product", slot));
    expect(names.map(([, , parameter]) => parameter).sort()).toEqual(["head/kernel", "mlp/0/kernel", "mlp/1/kernel"]);
    expect(names.every(([, phase]) => phase === "backward")).toBe(true);
    expect(brief("add rows", outputSlot("grad:mlp/0/bias"))).toEqual(["add rows mlp/0/bias", "backward", "mlp/0/bias"]);
  });

  test("what has no parameter of its own says after which one it comes", () => {
    expect(brief("unary gradient", slotOf("unaryGrad", 0, "batch,3"))).toEqual([
      "relu gradient after mlp/1/bias",
      "backward",
      null,
    ]);
    expect(brief("add total", outputSlot("loss"))).toEqual(["add total after head/bias", "forward", null]);
  });

  test("updates are of their parameter; the rest is the engine's own work", () => {
    expect(brief("update rows", undefined, { parameter: "p" })).toEqual(["update rows p", "update", "p"]);
    expect(brief("wait")).toEqual(["wait for other threads", "engine", null]);
    expect(brief("something new")).toEqual(["something new", "engine", null]);
  });

  test("every instruction has a label and a phase", () => {
    for (const slot of plan.instructions.keys()) {
      const { label: text, phase } = label(entry("copy", slot));
      expect(text.length).toBeGreaterThan(3);
      expect(["forward", "backward"]).toContain(phase);
    }
  });
});

const profile: StepProfile = {
  loss: 0.5,
  rows: 1000,
  seconds: 2,
  entries: [
    entry("gather", slotOf("gather"), { seconds: 1, calls: 10, bytes: 4e9 }),
    entry("product", slotOf("unary", 0, "batch,6"), { seconds: 2, calls: 10, flops: 6e9, bytes: 2e9 }),
    entry("wait", undefined, { seconds: 0, calls: 4 }),
    entry("update rows", undefined, { parameter: "p", seconds: 1, calls: 5, bytes: 1e9 }),
  ],
};

describe("profileTable", () => {
  test("shares are of all threads' time, rates of one thread, totals of the run", () => {
    const table = profileTable(profile, plan);
    expect(table).toMatchObject({ samples: 1000, seconds: 2, samplesPerSecond: 500, threadSeconds: 4 });
    expect(table.gigaflopsPerSecond).toBeCloseTo(3);
    expect(table.gigabytesPerSecond).toBeCloseTo(3.5);
    expect(table.phases).toEqual({ forward: 75, backward: 0, update: 25, engine: 0 });
    expect(table.rows[0]).toMatchObject({ what: "product", percent: 50, nanosecondsPerSample: 2e6, calls: 10 });
    expect(table.rows[0]?.gigaflopsPerSecond).toBeCloseTo(3);
    expect(table.rows[0]?.gigabytesPerSecond).toBeCloseTo(1);
  });

  test("the most time comes first, or the order in which the steps run; equal times keep that order", () => {
    const order = (by?: "time" | "plan") => profileTable(profile, plan, by).rows.map(({ what }) => what);
    expect(order()).toEqual(["product", "gather", "update rows", "wait"]);
    expect(order("time")).toEqual(order());
    expect(order("plan")).toEqual(["gather", "product", "wait", "update rows"]);
  });

  test("a profile of nothing has zeros, no NaN", () => {
    const empty = { loss: 0, rows: 0, seconds: 0, entries: [entry("wait", undefined, { seconds: 0, calls: 0 })] };
    for (const value of Object.values(profileTable(empty, plan).rows[0] ?? {})) expect(value).not.toBeNaN();
    expect(profileTable(empty, plan)).toMatchObject({ samplesPerSecond: 0, gigaflopsPerSecond: 0 });
  });

  test("joined profiles add up; the loss is weighted by rows", () => {
    const other = { ...profile, loss: 2, rows: 500 };
    const both = joinProfiles(profile, other);
    expect(both).toMatchObject({ loss: 1, rows: 1500, seconds: 4 });
    expect(both.entries[1]).toMatchObject({ what: "product", seconds: 4, calls: 20, flops: 12e9, bytes: 4e9 });
  });
});
