import type { Csr, Engine } from "../engine/contract.ts";
import { columnTotals } from "../evaluate/bootstrap.ts";
import { measureUsers } from "../evaluate/measure.ts";
import type { ProtocolName } from "../evaluate/protocol.ts";
import { rankUsers } from "../evaluate/ranking.ts";
import { evaluateRating } from "../evaluate/rating.ts";
import type { ScoreSource } from "../evaluate/types.ts";
import type { Plan } from "../graph/plan.ts";
import type { TrainingData } from "./data.ts";
import type { ValidationRecord } from "./events.ts";
import type { ValidationMetric } from "./metric.ts";
import type { TrainingSettings } from "./settings.ts";

export interface ValidationInput {
  readonly engine: Engine;
  readonly scorePlan: Plan;
  readonly train: TrainingData;
  readonly validation: TrainingData;
  /** Only for the `given` protocol. */
  readonly candidates: Csr | undefined;
  readonly metric: ValidationMetric;
  readonly settings: TrainingSettings;
  readonly threads: number;
}

/** Measures parameters on the held-out part. Every call asks the same questions: candidates depend on the seed alone. */
export async function validate(
  input: ValidationInput,
  parameters: Readonly<Record<string, Float32Array>>,
  signal: AbortSignal,
): Promise<ValidationRecord> {
  const started = performance.now();
  const { engine, scorePlan: plan, train, threads, metric } = input;
  const scorer = engine.scorer({ plan, parameters, users: train.users.size, items: train.items.size, threads });
  try {
    const metrics = await (metric.kind === "rating" ? ratingErrors : rankingMeans)(scorer, input, signal);
    const value = metrics[metric.label] ?? Number.NaN;
    return { metric: metric.label, value, metrics, seconds: (performance.now() - started) / 1000 };
  } finally {
    scorer.dispose();
  }
}

type Means = Record<string, number>;

async function rankingMeans(source: ScoreSource, input: ValidationInput, signal: AbortSignal): Promise<Means> {
  const { train, validation: test, candidates, settings, metric } = input;
  const protocol = settings.protocol as ProtocolName; // its form is checked with the settings
  const ranked = await rankUsers(source, { train, test, candidates, seed: settings.seed, protocol, signal });
  const table = measureUsers(ranked, metric.kind === "ranking" ? metric.k : 10);
  const totals = columnTotals(table);
  return Object.fromEntries(table.labels.map((label, i) => [label, (totals[i] ?? 0) / ranked.users.length]));
}

async function ratingErrors(source: ScoreSource, input: ValidationInput, signal: AbortSignal): Promise<Means> {
  // Intervals are for reports; one resample is the least that can be asked for.
  const { metrics } = await evaluateRating(source, {
    test: input.validation,
    seed: input.settings.seed,
    resamples: 1,
    signal,
  });
  return Object.fromEntries(Object.entries(metrics).map(([label, { value }]) => [label, value]));
}
