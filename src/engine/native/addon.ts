import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { NamedMatrix } from "../data.ts";

/** Parallel lists: how named arrays cross to the addon. */
export interface Named<T> {
  readonly names: readonly string[];
  readonly values: readonly T[];
}

export interface AddonCsr {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  readonly values?: Float32Array | undefined;
}

/** As `Named`, with the number of columns of each. */
export interface NamedMatrices extends Named<AddonCsr> {
  readonly columns: readonly number[];
}

export interface AddonTrainOptions {
  /** JSON. */
  readonly plan: string;
  readonly parameters: Named<Float32Array>;
  readonly data: NamedMatrices;
  readonly feed: {
    readonly kind: string;
    readonly negatives: number;
    readonly thresholds?: Uint32Array | undefined;
    readonly aliases?: Int32Array | undefined;
    readonly shuffle: boolean;
    readonly users: number;
    readonly items: number;
    readonly interactions: AddonCsr;
    readonly known: AddonCsr;
  };
  readonly optimizer: object;
  readonly batchSize: number;
  readonly seed: number;
  /** 0: all processors. */
  readonly threads: number;
}

export interface AddonScoreOptions {
  readonly plan: string;
  readonly parameters: Named<Float32Array>;
  readonly data: NamedMatrices;
  readonly users: number;
  readonly items: number;
  readonly threads: number;
}

export interface AddonTrainer {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  run(
    epoch: number,
    from: number,
    to: number,
    rates: Float32Array,
  ): Promise<{ loss: number; rows: number; seconds: number }>;
  /** Resolves to JSON, see `profile.ts`. */
  profile(epoch: number, from: number, to: number, rate: number): Promise<string>;
  cancel(): void;
  parameter(name: string): Float32Array;
  parameters(): Named<Float32Array>;
  state(): Named<Float32Array>;
  restore(state: Named<Float32Array>): void;
  dispose(): void;
}

export interface AddonScorer {
  score(users: Int32Array, items: Int32Array): Promise<Float32Array>;
  topK(
    users: Int32Array,
    k: number,
    exclude: AddonCsr | undefined,
    candidates: Int32Array | undefined,
  ): Promise<{ items: Int32Array; scores: Float32Array }>;
  ranks(
    users: Int32Array,
    targets: AddonCsr,
    exclude: AddonCsr | undefined,
  ): Promise<{ greater: Int32Array; equal: Int32Array; candidates: Int32Array }>;
  dispose(): void;
}

export interface AddonSolver {
  cancel(): void;
  progress(): number;
  ease(matrix: AddonCsr, columns: number, l2: number): Promise<Float32Array>;
  neighbours(
    matrix: AddonCsr,
    columns: number,
    options: { count: number; normalize: boolean; shrinkage: number },
  ): Promise<AddonCsr>;
  alsHalf(
    matrix: AddonCsr,
    fixed: Float32Array,
    factors: Float32Array,
    l2: Float32Array,
    options: { width: number; unobserved: number; offset: number; steps: number },
  ): Promise<Float32Array>;
}

/** What `native/binding` exports. Failures throw (or reject with) errors whose message is JSON, see `errors.ts`. */
export interface Addon {
  readonly NativeTrainer: new (options: AddonTrainOptions) => AddonTrainer;
  readonly NativeScorer: new (options: AddonScoreOptions) => AddonScorer;
  readonly NativeSolver: new (threads: number) => AddonSolver;
  evaluate(
    plan: string,
    parameters: Named<Float32Array>,
    data: NamedMatrices,
    ids: Named<Int32Array>,
    floats: Named<Float32Array>,
    seed: number,
  ): Named<Float32Array>;
  /** The instruction set in use: `avx512`, `avx2` or `portable`. */
  isa(): string;
  availableIsas(): string[];
  availableThreads(): number;
}

/** The library's path: `PENCHANT_NATIVE`, or `native/penchant.node` in the package (the same distance from src and dist). */
export function addonPath(): string {
  return process.env["PENCHANT_NATIVE"] ?? fileURLToPath(new URL("../../../native/penchant.node", import.meta.url));
}

/** Loads the library. Throws what Node throws where it is missing or made for another system. */
export function loadAddon(): Addon {
  return createRequire(import.meta.url)(addonPath()) as Addon;
}

export function toNamed<T>(record: Readonly<Record<string, T>>): Named<T> {
  return { names: Object.keys(record), values: Object.values(record) };
}

export function fromNamed<T>({ names, values }: Named<T>): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] as T]));
}

export function toNamedMatrices(matrices: readonly NamedMatrix[]): NamedMatrices {
  return {
    names: matrices.map(({ name }) => name),
    values: matrices.map(({ offsets, items, values }) => ({ offsets, items, values })),
    columns: matrices.map(({ columns }) => columns),
  };
}
