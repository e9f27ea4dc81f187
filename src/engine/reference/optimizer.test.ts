import { describe, expect, test } from "vitest";
import type { OptimizerSpec } from "../contract.ts";
import { type Gradient, Optimizer } from "./optimizer.ts";

const rate = 0.1;
const plain = { l2: 0, clipNorm: 0, weightDecay: 0 };
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, lazy: true, ...plain } as const;
const gradients = [0.5, -1.25, 2];
const start = 1.5;

/** Weights of a one-element parameter after each of the gradients. */
function trace(spec: OptimizerSpec, gs: readonly number[] = gradients): number[] {
  const w = Float64Array.of(start);
  const optimizer = new Optimizer(spec, { w }, ["w"]);
  return gs.map((g) => {
    optimizer.step({ w: Float64Array.of(g) }, rate);
    return w[0] ?? Number.NaN;
  });
}

/** The closed form: what is subtracted at step t, given every gradient up to t. */
function closed(direction: (history: readonly number[]) => number): number[] {
  let w = start;
  return gradients.map((_, t) => {
    w -= rate * direction(gradients.slice(0, t + 1));
    return w;
  });
}

const decayed = (history: readonly number[], beta: number) =>
  history.reduce((sum, g, i) => sum + beta ** (history.length - 1 - i) * g, 0);

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

/** A 4 x 2 table; the batch touches rows 2, 0 and 2 again. */
function tableSteps(spec: OptimizerSpec, steps: number): Float64Array {
  const w = new Float64Array(8).fill(1);
  const optimizer = new Optimizer(spec, { w }, ["w"]);
  for (let step = 0; step < steps; step++) {
    const all = { ids: Int32Array.of(2, 0, 2), values: Float64Array.of(1, 2, 3, 4, 5, 6), rows: 4, width: 2 };
    const one = { ids: Int32Array.of(1), values: Float64Array.of(1, 1), rows: 4, width: 2 };
    optimizer.step({ w: step === 0 ? all : one }, rate);
  }
  return w;
}

describe("Optimizer", () => {
  test("sgd subtracts the gradient", () => {
    expectClose(trace({ kind: "sgd", ...plain }), [1.45, 1.575, 1.375]);
  });

  test("a regularization of the parameter's own replaces the optimizer's", () => {
    const parameters = { v: Float64Array.of(2), w: Float64Array.of(2) };
    const optimizer = new Optimizer({ kind: "sgd", ...plain, l2: 0.5 }, parameters, ["v", "w"], { w: { l2: 0.25 } });
    optimizer.step({ v: Float64Array.of(1), w: Float64Array.of(1) }, rate);
    expectClose([...parameters.v, ...parameters.w], [2 - rate * 2, 2 - rate * 1.5]);
  });

  test("momentum sums gradients with geometric weights", () => {
    const spec = { kind: "momentum", momentum: 0.9, nesterov: false, ...plain } as const;
    expectClose(
      trace(spec),
      closed((history) => decayed(history, 0.9)),
    );
  });

  test("nesterov momentum looks one step ahead", () => {
    const spec = { kind: "momentum", momentum: 0.9, nesterov: true, ...plain } as const;
    expectClose(
      trace(spec),
      closed((history) => (history.at(-1) ?? 0) + 0.9 * decayed(history, 0.9)),
    );
  });

  test("adagrad divides by the root of all squares and the initial accumulator", () => {
    const spec = { kind: "adagrad", epsilon: 0.01, initialAccumulator: 0.1, ...plain } as const;
    expectClose(
      trace(spec),
      closed((history) => (history.at(-1) ?? 0) / (Math.sqrt(0.1 + history.reduce((s, g) => s + g * g, 0)) + 0.01)),
    );
  });

  test("ftrl minimizes all gradients so far, with its L1, L2 and proximal terms", () => {
    const spec = { kind: "ftrl", beta: 0.5, l1: 0.3, ...plain, l2: 0.2 } as const;
    const gs = [0.5, -1.25, 2, 0.1, -0.2, 0.4];
    const w = Float64Array.of(0);
    const optimizer = new Optimizer(spec, { w }, ["w"]);
    const before: number[] = [];
    for (const [t, g] of gs.entries()) {
      before.push(w[0] ?? 0);
      optimizer.step({ w: Float64Array.of(g) }, rate);
      const seen = gs.slice(0, t + 1);
      // equation 1 of the paper, with sigma as in its section 3.1: the sums of sigma are (beta + sqrt(sum g^2)) / rate
      const root = (count: number) => Math.sqrt(gs.slice(0, count).reduce((sum, x) => sum + x * x, 0));
      const objective = (x: number) =>
        seen.reduce((sum, past) => sum + past * x, 0) +
        seen.reduce((sum, _, s) => sum + ((root(s + 1) - root(s)) / rate / 2) * (x - (before[s] ?? 0)) ** 2, 0) +
        (spec.beta / rate / 2) * x ** 2 +
        spec.l1 * Math.abs(x) +
        (spec.l2 / 2) * x ** 2;
      for (const step of [-1e-4, -1e-6, 1e-6, 1e-4])
        expect(objective(w[0] ?? 0)).toBeLessThanOrEqual(objective((w[0] ?? 0) + step));
    }
  });

  test("ftrl leaves weights exactly 0 that little speaks against", () => {
    const spec = { kind: "ftrl", beta: 1, l1: 1, ...plain } as const;
    const w = Float64Array.of(0, 0, 0.5);
    const optimizer = new Optimizer(spec, { w }, ["w"]);
    optimizer.step({ w: Float64Array.of(0.9, -1.1, 0) }, rate);
    expect(w[0]).toBe(0);
    expectClose([...w.subarray(1)], [0.01 / 2.1, 0.5]);
  });

  test("a rate that changes leaves what ftrl has learned where it is", () => {
    const w = Float64Array.of(0);
    const optimizer = new Optimizer({ kind: "ftrl", beta: 1, l1: 0, ...plain }, { w }, ["w"]);
    optimizer.step({ w: Float64Array.of(1) }, 0.1);
    const [learned] = w;
    optimizer.step({ w: Float64Array.of(0) }, 0.001);
    expectClose([...w], [learned ?? 0]);
  });

  test("a parameter may bring a rule of its own, with a rate in proportion", () => {
    const parameters = { v: Float64Array.of(2), w: Float64Array.of(2) };
    const own = { kind: "adagrad", epsilon: 0, initialAccumulator: 3, rate: 4, weightDecay: 0.5 } as const;
    const optimizer = new Optimizer({ kind: "sgd", ...plain }, parameters, ["v", "w"], { w: { optimizer: own } });
    optimizer.step({ v: Float64Array.of(1), w: Float64Array.of(1) }, rate);
    expectClose([...parameters.v, ...parameters.w], [2 - rate, 2 - 4 * rate * (0.5 * 2 + 1 / 2)]);
    expect(Object.keys(optimizer.state())).toEqual(["w#v", "#step"]);
  });

  test("adam equals its closed form with bias corrections", () => {
    const direction = (history: readonly number[]) => {
      const m = (0.1 * decayed(history, 0.9)) / (1 - 0.9 ** history.length);
      const squares = history.map((g) => g * g);
      const v = (0.001 * decayed(squares, 0.999)) / (1 - 0.999 ** history.length);
      return m / (Math.sqrt(v) + 1e-8);
    };
    expectClose(trace(adam), closed(direction));
    expect(trace(adam)[0]).toBeCloseTo(1.4, 6);
  });

  test("l2 adds l2 times the weight to the gradient", () => {
    expectClose(trace({ kind: "sgd", ...plain, l2: 0.2 }, [1]), [1.5 - 0.1 * (1 + 0.2 * 1.5)]);
  });

  test("decoupled decay shrinks the weight and leaves adam's moments alone", () => {
    expectClose(trace({ ...adam, weightDecay: 0.5 }, [1]), [1.5 * (1 - 0.1 * 0.5) - 0.1]);
  });

  test("clipping scales all gradients by one factor of their global norm, before l2", () => {
    const a = Float64Array.of(0, 0);
    const b = Float64Array.of(1);
    const spec = { kind: "sgd", ...plain, clipNorm: 1, l2: 0.5 } as const;
    const optimizer = new Optimizer(spec, { a, b }, ["a", "b"]);
    optimizer.step({ a: Float64Array.of(3, 0), b: Float64Array.of(4) }, rate);
    expectClose([...a, ...b], [-0.06, 0, 1 - 0.1 * (0.8 + 0.5)]);
  });

  test("clipping leaves small gradients as they are", () => {
    expectClose(trace({ kind: "sgd", ...plain, clipNorm: 10 }), [1.45, 1.575, 1.375]);
  });

  test("rows that occur twice in a batch add up before the update", () => {
    expectClose([...tableSteps({ kind: "sgd", ...plain }, 1)], [0.7, 0.6, 1, 1, 0.4, 0.2, 1, 1]);
    expectClose(
      [...tableSteps({ kind: "adagrad", epsilon: 0, initialAccumulator: 0, ...plain }, 1)],
      [0.9, 0.9, 1, 1, 0.9, 0.9, 1, 1],
    );
  });

  test("l2 and decay reach touched rows only", async () => {
    const w = tableSteps({ kind: "sgd", ...plain, l2: 0.1, weightDecay: 0.1 }, 1);
    expectClose([...w.subarray(2, 4), ...w.subarray(6)], [1, 1, 1, 1]);
    expect(w[0]).toBeCloseTo(1 - 0.1 * 0.1 - 0.1 * (3 + 0.1), 6);
  });

  test("lazy adam rests rows that the batch did not touch; exact adam moves them by their moments", async () => {
    const [lazy1, lazy2] = [tableSteps(adam, 1), tableSteps(adam, 2)];
    expectClose([...lazy2.subarray(4, 6)], [...lazy1.subarray(4, 6)]);
    const exact = tableSteps({ ...adam, lazy: false }, 2);
    const m = (0.9 * 0.1) / (1 - 0.9 ** 2);
    const v = (0.999 * 0.001) / (1 - 0.999 ** 2);
    expectClose([...exact.subarray(4, 6)], [0.9 - (0.1 * m) / Math.sqrt(v), 0.9 - (0.1 * m) / Math.sqrt(v)]);
    expectClose([...exact.subarray(6)], [1, 1]);
  });

  test("lazy adam corrects a row's bias by the global step", async () => {
    const w = tableSteps(adam, 2);
    const m = 0.1 / (1 - 0.9 ** 2);
    const v = 0.001 / (1 - 0.999 ** 2);
    expect(w[2]).toBeCloseTo(1 - (0.1 * m) / Math.sqrt(v), 6);
  });

  test("a restored state continues to the same bits", async () => {
    const spec = { ...adam, lazy: false, l2: 0.01 };
    const w = Float64Array.of(start, -0.25).map(Math.fround);
    const first = new Optimizer(spec, { w }, ["w"]);
    const step = (optimizer: Optimizer, g: number) => optimizer.step({ w: Float64Array.of(g, g / 3) }, rate);
    for (const g of gradients) step(first, g);
    const [saved, copy] = [await first.state(), Float64Array.from(Float32Array.from(w))];
    step(first, 0.7);
    const second = new Optimizer(spec, { w: copy }, ["w"]);
    await second.restore(saved);
    step(second, 0.7);
    expect(copy).toEqual(w);
    expect(await second.state()).toEqual(await first.state());
  });

  test("dense and sparse forms of one gradient give one result", () => {
    const sparse: Gradient = { ids: Int32Array.of(1), values: Float64Array.of(1, 2), rows: 2, width: 2 };
    const dense = Float64Array.of(0, 0, 1, 2);
    const results = [sparse, dense].map((gradient) => {
      const w = Float64Array.of(1, 2, 3, 4);
      new Optimizer({ ...adam, clipNorm: 1 }, { w }, ["w"]).step({ w: gradient }, rate);
      return w;
    });
    expect(results[0]).toEqual(results[1]);
  });
});
