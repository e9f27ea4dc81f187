import type { Plan } from "../../graph/plan.ts";
import type { DataMatrices, Engine, Feeds } from "../contract.ts";
import { matricesOf } from "../data.ts";
import { Core } from "./core.ts";
import { toNamed, type Words } from "./message.ts";
import { type Host, Runner } from "./runner.ts";
import { WasmScorer } from "./scorer.ts";
import { wasmSolver } from "./solver.ts";
import { arraysOf, factsOf } from "./spec.ts";
import { WasmTrainer } from "./trainer.ts";
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

  own(object: object, free: "trainer_free" | "scorer_free", handle: number): void {
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
    trainer: (spec) => new WasmTrainer(home, spec),
    scorer: (spec) => new WasmScorer(home, spec),
    evaluate: (plan, parameters, feeds, seed = 0, data = {}) =>
      evaluate(home.core, plan, parameters, feeds, seed, data),
    solver: wasmSolver(home),
  };
}

/** On the calling thread, at once. */
function evaluate(
  core: Core,
  plan: Plan,
  parameters: Readonly<Record<string, Float32Array>>,
  feeds: Feeds,
  seed: number,
  data: DataMatrices,
): Record<string, Float32Array> {
  const isIds = ([, values]: readonly [string, Words]) => values instanceof Int32Array;
  const inputs = Object.entries(feeds);
  const [ids, floats] = [inputs.filter(isIds), inputs.filter((input) => !isIds(input))];
  const names = (list: readonly (readonly [string, Words])[]) => list.map(([name]) => name);
  const matrices = matricesOf(plan, data);
  const value = {
    plan: JSON.stringify(plan),
    parameters: Object.keys(parameters),
    data: matrices.map(factsOf),
    ids: names(ids),
    floats: names(floats),
    seed: seed >>> 0,
  };
  const arrays = [
    ...Object.values(parameters),
    ...matrices.flatMap(arraysOf),
    ...[...ids, ...floats].map(([, values]) => values),
  ];
  return toNamed(core.ask("evaluate", core.request(value, arrays)));
}
