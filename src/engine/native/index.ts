import type { DiversityRequest, Engine } from "../contract.ts";
import { diversityRequest, evaluateRequest, scoreRequest, trainRequest } from "../request.ts";
import { fromNamed, loadAddon } from "./addon.ts";
import { translated, translatedAsync } from "./errors.ts";
import { NativeScorer } from "./scorer.ts";
import { nativeSolver } from "./solver.ts";
import { NativeTrainer } from "./trainer.ts";
import { upload } from "./upload.ts";
import { NativeVectorIndex } from "./vector-index.ts";

/** Products that take less time than another thread needs to wake up, or little more: a quarter of a millisecond. */
const SHORT = 1e6;

function isShort({ scores, traits, k }: DiversityRequest): boolean {
  const numbers = "vectors" in traits ? traits.vectors.length : traits.sets.items.length + scores.length;
  return (numbers + scores.length * k) * Math.min(k, scores.length) <= SHORT;
}

/** The engine over the Rust core. Throws where the library cannot be loaded. */
export function loadNativeEngine(): Engine & { readonly name: "native" } {
  const addon = loadAddon();
  return {
    name: "native",
    async trainer(spec) {
      const { value, arrays } = trainRequest(spec, spec.threads);
      const sent = await upload(addon, arrays);
      return new NativeTrainer(addon, await translatedAsync(() => addon.loadTrainer(JSON.stringify(value), sent)));
    },
    async scorer(spec) {
      const { value, arrays } = scoreRequest(spec, spec.threads);
      const sent = await upload(addon, arrays);
      return new NativeScorer(await translatedAsync(() => addon.loadScorer(JSON.stringify(value), sent)));
    },
    async evaluate(plan, parameters, feeds, seed = 0, data = {}) {
      const { value, arrays } = evaluateRequest(plan, parameters, feeds, seed, data);
      const sent = await upload(addon, arrays);
      return fromNamed(await translatedAsync(() => addon.evaluate(JSON.stringify(value), sent)));
    },
    solver: nativeSolver(addon),
    index: (spec) => NativeVectorIndex.load(addon, spec),
    async diversify(asked) {
      const { value, arrays } = diversityRequest(asked);
      const sent = await upload(addon, arrays);
      if (isShort(asked)) return translated(() => addon.diversifyHere(JSON.stringify(value), sent));
      return translatedAsync(() => addon.diversify(JSON.stringify(value), sent));
    },
  };
}
