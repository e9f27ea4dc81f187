import { checkArgument, has } from "../core/argument.ts";
import type { Interactions, Split } from "../dataset/index.ts";
import { loadEngine } from "../engine/index.ts";
import { createRecommender, type Recommender } from "../retrieve/index.ts";
import { type Run, toArtifact } from "../train/index.ts";

export interface RecommenderOfOptions {
  /**
   * All that is known of the users, such as the interactions before a threshold left some out: none of it is recommended.
   * Default: every part of the split, or the interactions given.
   */
  readonly seen?: Interactions | undefined;
}

/**
 * Answers from a run that is still in memory. `learned` is the split that it was trained on, whose held-out parts are then not
 * recommended to those who have them; or, where nothing was held out, what `fit` was given. Saved runs go `loadArtifact` →
 * `createRecommender` without any training code. Throws CONFIG_VALUE where `seen` has other users or items.
 */
export async function recommenderOf(
  run: Run,
  learned: Split | Interactions,
  { seen }: RecommenderOfOptions = {},
): Promise<Recommender> {
  const call = "recommenderOf(run, learned)";
  checkArgument(has(run, "model", "parameters", "data"), run, { call, name: "the run", expected: "what fit gave" });
  checkArgument(has(learned, "train") || has(learned, "byUser"), learned, {
    ...{ call, name: "what was learned", expected: "a split, or interactions" },
  });
  const { train, validation, test } = "train" in learned ? learned : { train: learned };
  const artifact = toArtifact(run, train, { seen: [validation, test, seen].filter((part) => part !== undefined) });
  const engine = await loadEngine(run.engine as "native" | "wasm" | "reference");
  return createRecommender(artifact, engine);
}
