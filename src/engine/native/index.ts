import type { Plan } from "../../graph/plan.ts";
import type { DataMatrices, Engine, Feeds } from "../contract.ts";
import { matricesOf } from "../data.ts";
import { type Addon, fromNamed, loadAddon, toNamed, toNamedMatrices } from "./addon.ts";
import { translated } from "./errors.ts";
import { NativeScorer } from "./scorer.ts";
import { nativeSolver } from "./solver.ts";
import { NativeTrainer } from "./trainer.ts";

/** The engine over the Rust core. Throws where the library cannot be loaded. */
export function loadNativeEngine(): Engine & { readonly name: "native" } {
  const addon = loadAddon();
  return {
    name: "native",
    trainer: (spec) => new NativeTrainer(addon, spec),
    scorer: (spec) => new NativeScorer(addon, spec),
    evaluate: (plan, parameters, feeds, seed = 0, data = {}) => evaluate(addon, plan, parameters, feeds, seed, data),
    solver: nativeSolver(addon),
  };
}

function evaluate(
  addon: Addon,
  plan: Plan,
  parameters: Readonly<Record<string, Float32Array>>,
  feeds: Feeds,
  seed: number,
  data: DataMatrices,
): Record<string, Float32Array> {
  const ids: Record<string, Int32Array> = {};
  const floats: Record<string, Float32Array> = {};
  for (const [name, values] of Object.entries(feeds)) {
    if (values instanceof Int32Array) ids[name] = values;
    else floats[name] = values;
  }
  return fromNamed(
    translated(() => {
      const matrices = toNamedMatrices(matricesOf(plan, data));
      return addon.evaluate(
        JSON.stringify(plan),
        toNamed(parameters),
        matrices,
        toNamed(ids),
        toNamed(floats),
        seed >>> 0,
      );
    }),
  );
}
