import type { Engine, Feeds } from "../contract.ts";
import { type Addon, fromNamed, loadAddon, toNamed } from "./addon.ts";
import { translated } from "./errors.ts";
import { NativeScorer } from "./scorer.ts";
import { NativeTrainer } from "./trainer.ts";

/** The engine over the Rust core. Throws where the library cannot be loaded. */
export function loadNativeEngine(): Engine & { readonly name: "native" } {
  const addon = loadAddon();
  return {
    name: "native",
    trainer: (spec) => new NativeTrainer(addon, spec),
    scorer: (spec) => new NativeScorer(addon, spec),
    evaluate: (plan, parameters, feeds, seed = 0) => evaluate(addon, JSON.stringify(plan), parameters, feeds, seed),
  };
}

function evaluate(
  addon: Addon,
  plan: string,
  parameters: Readonly<Record<string, Float32Array>>,
  feeds: Feeds,
  seed: number,
): Record<string, Float32Array> {
  const ids: Record<string, Int32Array> = {};
  const floats: Record<string, Float32Array> = {};
  for (const [name, values] of Object.entries(feeds)) {
    if (values instanceof Int32Array) ids[name] = values;
    else floats[name] = values;
  }
  return fromNamed(
    translated(() => addon.evaluate(plan, toNamed(parameters), toNamed(ids), toNamed(floats), seed >>> 0)),
  );
}
