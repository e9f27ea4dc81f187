import type { Core, Place } from "./core.ts";
import type { CompiledModule, SharedMemory } from "./webassembly.ts";

/** Functions that take long and run on several threads; each frees its request and dismisses its crew. */
export type LongCall = "trainer_run" | "scorer_score" | "scorer_top_k" | "scorer_ranks" | "solver_run" | "index_search";

/** Functions whose time goes with the size of a model or its data; each runs on one thread and frees its request. */
export type LongSoloCall =
  | "trainer_new"
  | "trainer_parameter"
  | "trainer_parameters"
  | "trainer_state"
  | "trainer_restore"
  | "scorer_new"
  | "index_new"
  | "evaluate";

/** The first message to a worker: make an instance of your own over the shared memory. */
export interface Start extends Place {
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
}

/** Every later message: call this function. */
export interface Order {
  readonly name: LongCall | LongSoloCall | "crew_help";
  readonly args: readonly number[];
}

/** What a worker replies to an order; `trap` instead of a result when the call died. */
export interface Reply {
  readonly result: number;
  readonly seconds: number;
  readonly trap?: string;
}

/** A worker, the same for Node and browsers. */
export interface Worker {
  post(message: Start | Order): void;
  /** A worker that cannot start or ends by itself replies with a trap. */
  onReply(listener: (reply: Reply) => void): void;
  /** Whether the process stays alive for its sake. */
  hold(isBusy: boolean): void;
  stop(): void;
}

/** What the engine needs to know of where it runs. */
export interface Host {
  readonly processors: number;
  /** Starts a worker; absent where there are none, and then everything runs on the calling thread. */
  readonly start?: (() => Worker) | undefined;
}

/** What a finished call came to: the address of its answer. */
export interface Finished {
  readonly answer: number;
  readonly seconds: number;
}

/** What a runner needs of the core. */
export type RunnerCore = Pick<Core, "module" | "memory" | "place" | "failure"> & {
  call(name: "crew_new" | "crew_free", ...args: readonly number[]): number;
};

/** Runs calls in workers, which are started when first needed and then kept. Calls that find none free wait in line. */
export class Runner {
  readonly #core: RunnerCore;
  readonly #start: () => Worker;
  readonly #limit: number;
  readonly #free: Worker[] = [];
  readonly #waiting: { readonly threads: number; readonly go: (workers: Worker[]) => void }[] = [];
  #alive = 0;
  /** Most threads of one call. */
  readonly threads: number;

  constructor(core: RunnerCore, start: () => Worker, processors: number) {
    this.#core = core;
    this.#start = start;
    this.threads = Math.max(4, processors);
    // Two calls of all threads at a time: recommendations need not wait for training.
    this.#limit = 2 * this.threads;
  }

  /** Runs a call with the help of `threads - 1` other workers. Rejects with ENGINE_FAILURE when it dies. */
  run(name: LongCall, object: number, request: number, threads: number): Promise<Finished> {
    return this.#run(threads, (crew) => ({ name, args: [object, request, crew] }));
  }

  /** Runs a call on one worker. */
  solo(name: LongSoloCall, ...args: readonly number[]): Promise<Finished> {
    return this.#run(1, () => ({ name, args }));
  }

  async #run(threads: number, orderWith: (crew: number) => Order): Promise<Finished> {
    const [first, ...others] = await this.#take(threads);
    if (first === undefined) throw new RangeError("a call needs a thread");
    const crew = others.length > 0 ? this.#core.call("crew_new") : 0;
    const replies = [order(first, orderWith(crew))];
    for (const [i, worker] of others.entries()) replies.push(order(worker, { name: "crew_help", args: [crew, i + 1] }));
    try {
      const [{ result, seconds } = { result: 0, seconds: 0 }] = await Promise.all(replies);
      // The one in charge has dismissed the others.
      if (crew !== 0) this.#core.call("crew_free", crew);
      this.#giveBack([first, ...others]);
      return { answer: result >>> 0, seconds };
    } catch (trap) {
      // When one dies the others would wait for it for ever.
      this.#discard([first, ...others]);
      throw this.#core.failure(trap);
    }
  }

  #take(threads: number): Promise<Worker[]> {
    const wanted = Math.min(threads, this.threads);
    return new Promise((go) => {
      this.#waiting.push({ threads: wanted, go });
      this.#serve();
    });
  }

  /** Lets the first in line go as soon as there are as many workers as it wants. */
  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#free.length + this.#limit - this.#alive < next.threads) return;
      this.#waiting.shift();
      while (this.#free.length < next.threads) this.#free.push(this.#begin());
      const workers = this.#free.splice(-next.threads);
      for (const worker of workers) worker.hold(true);
      next.go(workers);
    }
  }

  #begin(): Worker {
    const worker = this.#start();
    const { module, memory } = this.#core;
    worker.post({ module, memory, ...this.#core.place() });
    this.#alive++;
    return worker;
  }

  #giveBack(workers: readonly Worker[]): void {
    for (const worker of workers) worker.hold(false);
    this.#free.push(...workers);
    this.#serve();
  }

  #discard(workers: readonly Worker[]): void {
    for (const worker of workers) worker.stop();
    this.#alive -= workers.length;
    this.#serve();
  }
}

/** The reply; rejects with the trap of a call that died. */
function order(worker: Worker, message: Order): Promise<Reply> {
  return new Promise((resolve, reject) => {
    worker.onReply((reply) => (reply.trap === undefined ? resolve(reply) : reject(reply.trap)));
    worker.post(message);
  });
}
