import * as ort from "onnxruntime-web";
import { hash, unit } from "../../src/core/random.ts";
import type { Plan } from "../../src/graph/plan.ts";
import type { OpAttrs } from "../../src/graph/tensor.ts";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** ONNX Runtime, a program that nobody here wrote, running one of our files. */
export class OnnxModel {
  readonly #session: ort.InferenceSession;

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  static async load(file: Uint8Array): Promise<OnnxModel> {
    return new OnnxModel(await ort.InferenceSession.create(file, { executionProviders: ["wasm"] }));
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  async run(feeds: Readonly<Record<string, ArrayLike<number>>>): Promise<Record<string, ort.Tensor>> {
    const tensors = Object.entries(feeds).map(([name, ids]) => [name, integerTensor(ids, [ids.length])] as const);
    return this.#session.run(Object.fromEntries(tensors));
  }

  async feed(tensors: Readonly<Record<string, ort.Tensor>>): Promise<Record<string, ort.Tensor>> {
    return this.#session.run({ ...tensors });
  }

  /** Lists for users; `exclude`: for each of them what is left out. */
  async lists(
    user: ArrayLike<number>,
    { exclude = [], k }: { readonly exclude?: readonly (readonly number[])[]; readonly k?: number } = {},
  ): Promise<Record<string, ort.Tensor>> {
    const width = Math.max(0, ...exclude.map(({ length }) => length));
    const rows = Array.from(user, (_, row) => Array.from({ length: width }, (_, i) => exclude[row]?.[i] ?? -1));
    return this.#session.run({
      user: integerTensor(user, [user.length]),
      exclude: integerTensor(rows.flat(), [user.length, width]),
      ...(k !== undefined && { k: integerTensor([k], [1]) }),
    });
  }

  async score(user: ArrayLike<number>, item: ArrayLike<number>): Promise<Float32Array> {
    return floats((await this.run({ user, item }))["score"]);
  }
}

export const integerTensor = (values: ArrayLike<number>, shape: readonly number[]): ort.Tensor =>
  new ort.Tensor("int64", BigInt64Array.from(Array.from(values), BigInt), shape);

export function floats(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError(`expected floats, got ${tensor?.type}`);
  return tensor.data;
}

export function integers(tensor: ort.Tensor | undefined): number[] {
  if (!(tensor?.data instanceof BigInt64Array)) throw new TypeError(`expected integers, got ${tensor?.type}`);
  return Array.from(tensor.data, Number);
}

/**
 * Even draws in [-scale, scale) for every parameter of the plan, also for those that start at zero; around 1 for those that
 * start at 1, of which variances must stay positive.
 */
export function randomParameters(plan: Plan, scale = 0.7, seed = 5): Record<string, Float32Array> {
  const values: Record<string, Float32Array> = {};
  for (const [slot, { op, attrs, shape }] of plan.instructions.entries()) {
    if (op !== "param") continue;
    const size = (shape as readonly number[]).reduce((a, b) => a * b, 1);
    const { name, init } = attrs as OpAttrs["param"];
    const centre = init.kind === "constant" && init.value === 1 ? 1 : 0;
    const draw = (_: unknown, i: number) => centre + (2 * unit(hash(seed, slot, i)) - 1) * scale;
    values[name] = Float32Array.from({ length: size }, draw);
  }
  return values;
}

/** `count` ids below `size`. */
export const randomIds = (count: number, size: number, seed: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => hash(seed, i) % size);

/** The largest |actual - expected| / max(1, |expected|). */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new RangeError(`${actual.length} values, expected ${expected.length}`);
  const errors = Array.from(actual, (value, i) => {
    const target = expected[i] ?? Number.NaN;
    return value === target ? 0 : Math.abs(value - target) / Math.max(1, Math.abs(target));
  });
  return errors.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), 0);
}
