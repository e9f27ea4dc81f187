import type { Interactions } from "../dataset/index.ts";
import { loadEngine } from "../engine/index.ts";
import { createRecommender, type Recommender } from "../retrieve/index.ts";
import { type Run, toArtifact } from "../train/index.ts";

/**
 * Answers from a run that is still in memory; `train` must be what `fit` was given. Saved runs go
 * `loadArtifact` → `createRecommender` without any training code.
 */
export async function recommenderOf(run: Run, train: Interactions): Promise<Recommender> {
  const artifact = toArtifact(run, train, {
    created: new Date().toISOString(),
    dataset: {
      fingerprint: train.fingerprint(),
      users: train.users.size,
      items: train.items.size,
      interactions: train.size,
    },
    split: { kind: "unsaved" },
  });
  const engine = await loadEngine(run.engine as "native" | "wasm" | "reference");
  return createRecommender(artifact, engine);
}
