import type { Csr, Engine } from "../engine/contract.ts";
import type { ProtocolName } from "../evaluate/protocol.ts";
import { parseProtocol } from "../evaluate/protocol.ts";
import type { Ranked, RankingTask } from "../evaluate/ranked.ts";
import { rankUsers } from "../evaluate/ranking.ts";
import { evaluateRating } from "../evaluate/rating.ts";
import type { ScoreSource } from "../evaluate/types.ts";
import type { Plan } from "../graph/plan.ts";
import { drawCandidates, rankDrawn } from "./candidates.ts";
import type { TrainingData } from "./data.ts";
import type { ValidationFacts, ValidationRecord } from "./events.ts";
import { rankingMeans } from "./means.ts";
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
export type Validator = (
  parameters: Readonly<Record<string, Float32Array>>,
  signal: AbortSignal,
) => Promise<ValidationRecord>;

export function validationFacts({ metric, settings }: Pick<ValidationInput, "metric" | "settings">): ValidationFacts {
  const protocol = metric.kind === "rating" ? "rating" : settings.protocol;
  return { metric: metric.label, protocol, seed: settings.seed };
}

export function createValidator(input: ValidationInput): Validator {
  const { engine, scorePlan: plan, train, threads, metric } = input;
  const measure = metric.kind === "rating" ? ratingErrors(input) : rankingMetrics(input, metric.k);
  return async (parameters, signal) => {
    const started = performance.now();
    const scorer = engine.scorer({ plan, parameters, users: train.users.size, items: train.items.size, threads });
    try {
      const metrics = await measure(scorer, signal);
      const value = metrics[metric.label] ?? Number.NaN;
      return { ...validationFacts(input), value, metrics, seconds: (performance.now() - started) / 1000 };
    } finally {
      scorer.dispose();
    }
  };
}

type Measure = (source: ScoreSource, signal: AbortSignal) => Promise<Record<string, number>>;

function rankingMetrics({ train, validation: test, candidates, settings }: ValidationInput, k: number): Measure {
  const name = settings.protocol as ProtocolName; // its form is checked with the settings
  const protocol = parseProtocol(name);
  let drawn: ReturnType<typeof drawCandidates> | undefined;
  const rank = async (source: ScoreSource, task: RankingTask): Promise<Ranked> => {
    if (protocol.kind !== "sampled") return rankUsers(source, { ...task, protocol: name });
    drawn ??= drawCandidates(task, protocol.negatives);
    return rankDrawn(source, task, await drawn);
  };
  return async (source, signal) =>
    rankingMeans(await rank(source, { train, test, candidates, seed: settings.seed, signal }), k);
}

function ratingErrors({ validation: test, settings: { seed } }: ValidationInput): Measure {
  return async (source, signal) => {
    // Intervals are for reports; one resample is the least that can be asked for.
    const { metrics } = await evaluateRating(source, { test, seed, resamples: 1, signal });
    return Object.fromEntries(Object.entries(metrics).map(([label, { value }]) => [label, value]));
  };
}
