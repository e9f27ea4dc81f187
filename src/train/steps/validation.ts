import type { DataMatrices } from "../../core/csr.ts";
import { filledRows } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import type { Csr, Engine } from "../../engine/contract.ts";
import type { ProtocolName } from "../../evaluate/protocol.ts";
import { parseProtocol } from "../../evaluate/protocol.ts";
import type { Ranked, RankingTask } from "../../evaluate/ranked.ts";
import { rankUsers } from "../../evaluate/ranking.ts";
import { evaluateRating } from "../../evaluate/rating.ts";
import { relevanceOf } from "../../evaluate/relevance.ts";
import type { ScoreSource } from "../../evaluate/types.ts";
import type { Plan } from "../../graph/plan.ts";
import { drawCandidates, rankDrawn, rankingMeans } from "../inputs/candidates.ts";
import type { TrainingData } from "../inputs/data.ts";
import { checkLogloss, type ValidationMetric } from "../settings/metric.ts";
import type { TrainingSettings } from "../settings/settings.ts";
import type { ValidationFacts, ValidationRecord } from "../told/events.ts";

export interface ValidationInput {
  readonly engine: Engine;
  readonly scorePlan: Plan;
  readonly matrices: DataMatrices;
  readonly train: TrainingData;
  readonly validation: TrainingData;
  /** Only for the `given` protocol. */
  readonly candidates: Csr | undefined;
  readonly metric: ValidationMetric;
  /** Whether scores are logits of a probability. */
  readonly logits: boolean;
  readonly settings: TrainingSettings;
  readonly threads: number;
}

/**
 * Throws CONFIG_VALUE where the values that a metric or a rule of relevance looks at are missing, nothing looks at the rule, or scores are no probabilities.
 */
export function checkValidation({ metric, logits, settings, validation }: ValidationQuestion): void {
  const { relevant, protocol } = settings;
  checkLogloss({ metric, protocol, logits });
  if (metric.kind === "rating") {
    if (relevant === undefined) return;
    fail("CONFIG_VALUE", {
      what: `"relevant" has no effect with metric "${metric.label}"`,
      fix: "Leave it out, or validate a ranking metric: metric=ndcg@10.",
    });
  }
  relevanceOf(validation, relevant);
  if (!metric.graded || validation.byUser.values) return;
  fail("CONFIG_VALUE", {
    what: `"${metric.label}" takes its gains from values, and the validation part has none`,
    fix: `Choose ${metric.label.replace(/^ndcg-[a-z]+/, "ndcg")}, or give interactions with values, such as ratings.`,
  });
}

type ValidationQuestion = Pick<ValidationInput, "metric" | "logits" | "settings" | "validation">;

/** Measures parameters on the held-out part. Every call asks the same questions: candidates depend on the seed alone. */
export type Validator = (
  parameters: Readonly<Record<string, Float32Array>>,
  signal: AbortSignal,
) => Promise<ValidationRecord>;

export function validationFacts({
  metric,
  settings,
  validation,
}: Pick<ValidationInput, "metric" | "settings" | "validation">): ValidationFacts {
  const protocol = metric.kind === "rating" ? "rating" : settings.protocol;
  const { relevant, seed } = settings;
  const users = metric.kind === "ranking" && { users: filledRows(validation.byUser).length };
  return { metric: metric.label, protocol, ...(relevant !== undefined && { relevant }), ...users, seed };
}

export function createValidator(input: ValidationInput): Validator {
  const { engine, scorePlan: plan, matrices: data, train, threads, metric } = input;
  const measure = metric.kind === "rating" ? ratingErrors(input) : rankingMetrics(input, metric.k);
  return async (parameters, signal) => {
    const started = performance.now();
    const sizes = { users: train.users.size, items: train.items.size };
    const scorer = await engine.scorer({ plan, parameters, data, ...sizes, threads });
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

function rankingMetrics(
  { train, validation: test, candidates, settings, logits }: ValidationInput,
  k: number,
): Measure {
  const name = settings.protocol as ProtocolName; // its form is checked with the settings
  const protocol = parseProtocol(name);
  const task = { train, test, candidates, relevant: settings.relevant, logits, seed: settings.seed };
  let drawn: ReturnType<typeof drawCandidates> | undefined;
  const rank = async (source: ScoreSource, task: RankingTask): Promise<Ranked> => {
    if (protocol.kind !== "sampled") return rankUsers(source, { ...task, protocol: name });
    drawn ??= drawCandidates(task, protocol.negatives);
    return rankDrawn(source, task, await drawn);
  };
  return async (source, signal) => rankingMeans(await rank(source, { ...task, signal }), k);
}

function ratingErrors({ validation: test, settings: { seed } }: ValidationInput): Measure {
  return async (source, signal) => {
    // Intervals are for reports; one resample is the least that can be asked for.
    const { metrics } = await evaluateRating(source, { test, seed, resamples: 1, signal });
    return Object.fromEntries(Object.entries(metrics).map(([label, { value }]) => [label, value]));
  };
}
