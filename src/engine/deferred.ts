import type { Scorer } from "./contract.ts";

/** A scorer that may still be loading: its calls wait until it is there, or reject with what kept it. */
export function deferred(loading: Promise<Scorer>): Scorer {
  // Told to whoever calls, and to nobody else.
  loading.catch(() => {});
  const dispose = () => void loading.then((scorer) => scorer.dispose()).catch(() => {});
  return {
    score: async (...request) => (await loading).score(...request),
    topK: async (...request) => (await loading).topK(...request),
    ranks: async (...request) => (await loading).ranks(...request),
    dispose,
    [Symbol.dispose]: dispose,
  };
}
