import { evaluateRanking, evaluateRating, fit, type ModelFactory, type Run, type Split } from "../penchant.ts";

/** One training. */
export interface Trained {
  /** What differs from the defaults. */
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  /** NDCG@10 by full ranking, or RMSE, of the validation part, before the model learned from it. */
  readonly validation: number;
  readonly epoch: number;
  /** Training on one thread, the refit included. */
  readonly seconds: number;
  /** Measures on the test part, once asked. */
  test(): Promise<number>;
}

const seed = 1;

export const metricOf = ({ definition }: ModelFactory): "ndcg@10" | "rmse" =>
  definition.task === "rating" ? "rmse" : "ndcg@10";

/** The value of a run on a held-out part. */
async function valueOn(run: Run, split: Split, part: "validation" | "test", metric: string): Promise<number> {
  const held = split[part];
  if (!held) return Number.NaN;
  using scorer = run.scorer(1);
  const question = { train: run.data, test: held, seed, resamples: 1 };
  const measured =
    metric === "rmse"
      ? await evaluateRating(scorer, question)
      : await evaluateRanking(scorer, { ...question, k: 10, protocol: "full" });
  return measured.metrics[metric]?.value ?? Number.NaN;
}

/** Trains with the defaults but for `settings`, and measures; on the test only where `withTest`. */
export async function train(factory: ModelFactory, split: Split, settings: Trained["settings"]): Promise<Trained> {
  const config = Object.fromEntries(Object.entries(settings).filter(([name]) => name in factory.definition.options));
  const training = Object.fromEntries(Object.entries(settings).filter(([name]) => !(name in config)));
  const metric = metricOf(factory);
  const options = { ...training, validation: split.validation, seed, threads: 1, progress: "none" } as const;
  const run = await fit(factory(config), split.train, options);
  // What is solved for chooses nothing, and so keeps no run that has not learned from the validation part.
  const isSolved = factory.definition.task === "solve";
  const before = isSolved ? await fit(factory(config), split.train, { ...options, refit: false }) : run.selection;
  const validation = await valueOn(before ?? run, split, "validation", metric);
  const trained = [...run.epochs, ...(run.refit?.epochs ?? [])].reduce((sum, epoch) => sum + epoch.seconds, 0);
  const seconds = isSolved ? run.seconds : trained;
  return { settings, validation, epoch: run.bestEpoch, seconds, test: () => valueOn(run, split, "test", metric) };
}
