import type { Engine } from "../contract.ts";
import { diversityRequest, evaluateRequest } from "../request.ts";
import { Core } from "./core.ts";
import { type Answer, toInts, toNamed } from "./message.ts";
import { type Host, type LongSoloCall, Runner } from "./runner.ts";
import { WasmScorer } from "./scorer.ts";
import { wasmSolver } from "./solver.ts";
import { WasmTrainer } from "./trainer.ts";
import { WasmVectorIndex } from "./vector-index.ts";
import type { CompiledModule } from "./webassembly.ts";

/** What trainers and scorers share. */
export class Home {
  readonly core: Core;
  /** Absent where there are no workers. */
  readonly runner: Runner | undefined;
  readonly #processors: number;
  /** Objects that nobody has disposed of are freed some time after the last reference to them is gone. */
  readonly #owned: FinalizationRegistry<() => void>;

  constructor(module: CompiledModule, { processors, start }: Host) {
    this.core = new Core(module);
    this.runner = start && new Runner(this.core, start, processors);
    this.#processors = processors;
    this.#owned = new FinalizationRegistry((free) => free());
  }

  /** Threads of a call for a wish, where 0 means all processors. */
  threads(wish: number): number {
    return Math.min(wish === 0 ? this.#processors : wish, this.runner?.threads ?? 1);
  }

  /** Calls a function of one thread in a worker, or here where there are none. Rejects with the failure that it answers. */
  async ask(name: LongSoloCall, ...args: readonly number[]): Promise<Answer> {
    const finished = await this.runner?.solo(name, ...args);
    return this.core.answer(finished?.answer ?? this.core.call(name, ...args));
  }

  own(object: object, free: "trainer_free" | "scorer_free" | "index_free", handle: number): void {
    const { core } = this;
    this.#owned.register(object, () => core.call(free, handle), object);
  }

  disown(object: object): void {
    this.#owned.unregister(object);
  }
}

/** The engine over a compiled module. Nothing here knows whether it is Node or a browser: `host` does. */
export function createWasmEngine(module: CompiledModule, host: Host): Engine & { readonly name: "wasm" } {
  const home = new Home(module, host);
  return {
    name: "wasm",
    trainer: (spec) => WasmTrainer.load(home, spec),
    scorer: (spec) => WasmScorer.load(home, spec),
    async evaluate(plan, parameters, feeds, seed = 0, data = {}) {
      const { value, arrays } = evaluateRequest(plan, parameters, feeds, seed, data);
      return toNamed(await home.ask("evaluate", await home.core.request(value, arrays)));
    },
    solver: wasmSolver(home),
    index: (spec) => WasmVectorIndex.load(home, spec),
    async diversify(asked) {
      const { value, arrays } = diversityRequest(asked);
      const { core } = home;
      const answer = await core.answer(core.call("diversify", await core.request(value, arrays)));
      return toInts(answer.arrays[0]);
    },
  };
}
