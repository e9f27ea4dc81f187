import { checkArgument, has } from "../core/argument.ts";
import type { Split } from "../dataset/index.ts";
import { type BesideOptions, type EvaluationBeside, evaluateBeside } from "../evaluate/index.ts";
import { met, type Run, scoresLogits } from "../train/index.ts";

export type EvaluateOptions = Partial<
  Pick<BesideOptions, "protocols" | "k" | "relevant" | "seed" | "signal" | "onProgress">
>;

/**
 * Measures a run on the test part of the split it was trained on: full and sampled ranking side by side (and the given
 * candidates, where the split has them), each beside popularity and random, with 95 % bootstrap intervals over users.
 * Scores that look at the context of events get that of the user's first held-out one. A run whose refit has learned from the test part too is measured as it was before (`selection`).
 * `k` defaults to 10 (or all items of a smaller catalogue), `seed` to the run's. Throws CONFIG_VALUE (k), EVAL_EMPTY.
 */
export async function evaluate(run: Run, split: Split, options: EvaluateOptions = {}): Promise<EvaluationBeside> {
  const call = "evaluate(run, split)";
  checkArgument(has(run, "scorer", "settings"), run, { call, name: "the run", expected: "what fit gave" });
  checkArgument(has(split, "train", "test"), split, {
    call,
    name: "the split",
    expected: "what leaveLastOut or the like gave",
  });
  const { validation, test, candidates } = split;
  const { seed, threads } = run.settings;
  const measured = (run.refit?.final ? run.selection : undefined) ?? run;
  const train = measured.refit ? met(measured.data) : split.train;
  using scorer = measured.scorer(threads, test);
  return await evaluateBeside(scorer, {
    train,
    validation,
    test,
    candidates,
    logits: scoresLogits(run),
    seed,
    ...options,
  });
}
