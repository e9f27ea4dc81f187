import type { PenchantError } from "../../core/errors.ts";
import { penchantError } from "../../core/errors.ts";
import type { Words } from "../request.ts";
import { type Answer, readMessage, readValue, writeMessage } from "./message.ts";
import { type CompiledModule, type SharedMemory, webAssembly } from "./webassembly.ts";

/** Functions of `native/wasm`. Addresses are unsigned, but JavaScript gets them as signed numbers. */
interface Exports {
  readonly __stack_pointer: { value: number };
  readonly __tls_size: { readonly value: number };
  __wasm_init_tls(address: number): void;
  setup(): void;
  allocate(words: number): number;
  release(address: number, words: number): void;
  last_panic(): number;
  crew_new(): number;
  crew_free(crew: number): void;
  trainer_new(request: number): number;
  trainer_run(trainer: number, request: number, crew: number): number;
  trainer_cancel(trainer: number, cancel: number): void;
  trainer_parameter(trainer: number, request: number): number;
  trainer_parameters(trainer: number): number;
  trainer_state(trainer: number): number;
  trainer_restore(trainer: number, request: number): number;
  trainer_free(trainer: number): void;
  scorer_new(request: number): number;
  scorer_score(scorer: number, request: number, crew: number): number;
  scorer_top_k(scorer: number, request: number, crew: number): number;
  scorer_ranks(scorer: number, request: number, crew: number): number;
  scorer_free(scorer: number): void;
  solver_new(request: number): number;
  solver_run(solver: number, request: number, crew: number): number;
  solver_cancel(solver: number): void;
  solver_progress(solver: number): number;
  solver_free(solver: number): void;
  index_new(request: number): number;
  index_parts(index: number): number;
  index_search(index: number, request: number, crew: number): number;
  index_free(index: number): void;
  evaluate(request: number): number;
  diversify(request: number): number;
}

type FunctionName = {
  [K in keyof Exports]: Exports[K] extends (...args: never[]) => unknown ? K : never;
}[keyof Exports];

/** Pages of 64 KiB: what the module was linked for (scripts/wasm.mjs), and all that 32-bit addresses reach. */
const INITIAL_PAGES = 32;
const MAXIMUM_PAGES = 65_536;
/** Bytes of a worker's stack. */
const STACK = 1 << 20;

/** Where a worker's instance keeps what it does not share: its stack grows downwards from `stack`. */
export interface Place {
  readonly stack: number;
  readonly locals: number;
}

/**
 * The module's instance on this thread and the memory that it shares with those in workers. It makes, reads and frees
 * objects; what takes long is run through a `Runner`.
 */
export class Core {
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
  readonly #exports: Exports;

  constructor(module: CompiledModule) {
    this.module = module;
    this.memory = new webAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
    const { exports } = new webAssembly.Instance(module, { env: { memory: this.memory } });
    this.#exports = exports as Exports;
    this.#exports.__wasm_init_tls(this.#locals());
    this.#exports.setup();
  }

  /** Calls a function of the module. A trap becomes an ENGINE_FAILURE, after which other objects can still be used. */
  call(name: FunctionName, ...args: readonly number[]): number {
    const { __stack_pointer: pointer } = this.#exports;
    const before = pointer.value;
    try {
      return ((this.#exports[name] as (...args: readonly number[]) => number | undefined)(...args) ?? 0) >>> 0;
    } catch (trap) {
      pointer.value = before;
      throw this.failure(trap);
    }
  }

  /** Calls a function that answers with a float and cannot fail. */
  number(name: "solver_progress", object: number): number {
    return this.#exports[name](object);
  }

  /** Puts a request into the module's memory; the function that it is given to frees it. */
  request(value: unknown, arrays: readonly Words[] = []): Promise<number> {
    return writeMessage(this.memory, (words) => this.#allocate(words), value, arrays);
  }

  /** Reads and frees the answer of a function. Rejects with the failure that it reports. */
  answer(address: number): Promise<Answer> {
    return readMessage(this.memory, (at, words) => this.#exports.release(at, words), address);
  }

  /** Memory for another instance's stack and thread-local variables. */
  place(): Place {
    const stack = this.#allocate(STACK / 4);
    return { stack: (stack + STACK) & ~15, locals: this.#locals() };
  }

  /** What a trap becomes; the panic that led to it, if any, is told. */
  failure(trap: unknown): PenchantError {
    let panic: unknown = null;
    try {
      const release = (at: number, words: number) => this.#exports.release(at, words);
      panic = readValue(this.memory, release, this.#exports.last_panic() >>> 0);
    } catch {
      // Nothing more is known than the trap itself.
    }
    // Asking for more than addresses reach is a panic, asking for more than there is the mere trap of an abort.
    const isMemory = typeof panic === "string" ? panic.includes("capacity overflow") : /unreachable/.test(String(trap));
    if (isMemory) return outOfMemory(trap);
    const received = typeof panic === "string" ? panic : String(trap);
    return penchantError("ENGINE_FAILURE", { what: "The WebAssembly core failed", received, cause: trap });
  }

  #locals(): number {
    return this.#allocate(Math.max(1, Math.ceil(this.#exports.__tls_size.value / 4)));
  }

  #allocate(words: number): number {
    const address = this.#exports.allocate(words) >>> 0;
    if (address === 0) throw outOfMemory(undefined);
    return address;
  }
}

/** An allocation failed. */
function outOfMemory(cause: unknown): PenchantError {
  return penchantError("ENGINE_FAILURE", {
    what: "The WebAssembly core stopped, most likely for want of memory (its limit is 4 GiB)",
    fix: "Use the native engine, fewer factors or a smaller batch.",
    cause,
  });
}
