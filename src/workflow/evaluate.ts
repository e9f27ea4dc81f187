import type { Split } from "../dataset/index.ts";
import { type BesideOptions, type EvaluationBeside, evaluateBeside } from "../evaluate/index.ts";
import type { Run } from "../train/index.ts";

export type EvaluateOptions = Partial<
  Pick<BesideOptions, "protocols" | "k" | "relevant" | "seed" | "signal" | "onProgress">
>;

/**
 * Measures a run on the test part of the split it was trained on: full and sampled ranking side by side (and the given
 * candidates, where the split has them), each beside popularity and random, with 95 % bootstrap intervals over users.
 * `k` defaults to 10 (or all items of a smaller catalogue), `seed` to the run's. Throws CONFIG_VALUE (k), EVAL_EMPTY.
 */
export async function evaluate(run: Run, split: Split, options: EvaluateOptions = {}): Promise<EvaluationBeside> {
  const { train, validation, test, candidates } = split;
  using scorer = run.scorer(run.settings.threads);
  return await evaluateBeside(scorer, { train, validation, test, candidates, seed: run.settings.seed, ...options });
}
