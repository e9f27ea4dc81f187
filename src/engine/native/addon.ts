import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Csr } from "../../core/csr.ts";

/** Parallel lists: how named arrays cross to the addon. */
export interface Named<T> {
  readonly names: readonly string[];
  readonly values: readonly T[];
}

export type AddonCsr = Omit<Csr, "values">;

/** Arrays on their way to the core, in the order in which the call that takes them reads them (`request.ts`). */
export interface AddonUpload {
  /** Starts the next array. */
  begin(length: number): void;
  /** Copies a part of it. */
  append(part: Uint32Array): void;
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
  parameter(name: string): Promise<Float32Array>;
  parameters(): Promise<Named<Float32Array>>;
  state(): Promise<Named<Float32Array>>;
  restore(options: string, upload: AddonUpload): Promise<void>;
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

export interface AddonIndex {
  parts(): { centroids: Float32Array; cellOf: Int32Array };
  search(
    queries: Float32Array,
    rows: number,
    k: number,
    effort: number,
    exclude: AddonCsr | undefined,
    candidates: Int32Array | undefined,
  ): Promise<{ items: Int32Array; scores: Float32Array }>;
  dispose(): void;
}

export interface AddonSolver {
  cancel(): void;
  progress(): number;
  solve(options: string, upload: AddonUpload): Promise<AddonSolution>;
}

/** Values; of a sparse solution offsets and items, too. */
export interface AddonSolution {
  readonly values: Float32Array;
  readonly offsets?: Int32Array | undefined;
  readonly items?: Int32Array | undefined;
}

/** What `native/binding` exports. Failures throw (or reject with) errors whose message is JSON, see `errors.ts`. */
export interface Addon {
  readonly Upload: new () => AddonUpload;
  readonly NativeSolver: new (threads: number) => AddonSolver;
  /** What each takes is the `value` of a request as JSON, and its `arrays`; see `../request.ts`. */
  loadTrainer(options: string, upload: AddonUpload): Promise<AddonTrainer>;
  loadScorer(options: string, upload: AddonUpload): Promise<AddonScorer>;
  loadIndex(options: string, upload: AddonUpload): Promise<AddonIndex>;
  evaluate(options: string, upload: AddonUpload): Promise<Named<Float32Array>>;
  diversify(options: string, upload: AddonUpload): Promise<Int32Array>;
  /** The same on the calling thread. */
  diversifyHere(options: string, upload: AddonUpload): Int32Array;
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

export function fromNamed<T>({ names, values }: Named<T>): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] as T]));
}
