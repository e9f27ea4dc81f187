import { checkOptions, checkSource } from "../core/argument.ts";
import { itemScores } from "./item-scores.ts";
import { evaluateLists, fewItems, itemCounts, type ListEvaluation } from "./lists.ts";
import type { UserMetrics } from "./measure.ts";
import { type EvaluationWarning, fewNegatives } from "./negatives.ts";
import type { ProtocolName } from "./protocol.ts";
import { randomScores } from "./random-scores.ts";
import { type Evaluation, evaluateRanking, type RankingOptions } from "./ranking.ts";
import { type RelevanceFacts, relevanceFacts, relevanceOf } from "./relevance.ts";
import type { Part, ScoreSource } from "./types.ts";

/** Whose values they are. */
export type Scorer = "run" | "popularity" | "random";

export interface BesideOptions extends Omit<RankingOptions, "protocol" | "onUsers"> {
  /** Default: full and sampled-99, and given where the split has candidates. */
  readonly protocols?: readonly ProtocolName[] | undefined;
  /** Receives every user's value of every metric: what runs are compared by. */
  readonly onUsers?: ((users: UserMetrics, protocol: string, scorer: Scorer) => void) | undefined;
}

/** One scorer under every protocol. */
export interface Measured {
  readonly protocols: readonly Evaluation[];
  readonly lists: ListEvaluation;
}

/** A run beside what it has to beat. Plain JSON. */
export interface EvaluationBeside extends Measured {
  /** Only where a rule said which held-out items are relevant. */
  readonly relevance?: RelevanceFacts;
  readonly baselines: { readonly popularity: Measured; readonly random: Measured };
  /** Where a sampled protocol had fewer items than its name says, and where few items get all places. */
  readonly warnings: readonly EvaluationWarning[];
}

/**
 * Measures a run under several protocols, beside popularity (training counts) and random scores: a number alone says little.
 * Throws as `evaluateRanking` does.
 */
export async function evaluateBeside(source: ScoreSource, options: BesideOptions): Promise<EvaluationBeside> {
  checkSource(source, "evaluateBeside(source, options)");
  checkOptions(options, "evaluateBeside(source, options)", "train", "test");
  const relevance = relevanceOf(options.test, options.relevant);
  const { popularity, random } = baselineSources(options.train, options.seed);
  const quiet = { ...options, onProgress: undefined, logits: false };
  const measured = await measureAll(source, options, "run");
  return {
    ...measured,
    ...(relevance && { relevance: relevanceFacts(options.test, relevance) }),
    warnings: [...fewNegatives(measured.protocols), ...fewItems(measured.lists, options.train.items.size)],
    baselines: {
      popularity: await measureAll(popularity, quiet, "popularity"),
      random: await measureAll(random, quiet, "random"),
    },
  };
}

/** The two baselines as scorers, made from arrays alone. */
export function baselineSources(train: Part, seed: number): { popularity: ScoreSource; random: ScoreSource } {
  return { popularity: itemScores(itemCounts(train)), random: randomScores(seed, train.items.size) };
}

async function measureAll(
  source: ScoreSource,
  { protocols, onUsers, ...options }: BesideOptions,
  scorer: Scorer,
): Promise<Measured> {
  const evaluations: Evaluation[] = [];
  const keep = onUsers && { onUsers: (users: UserMetrics, protocol: string) => onUsers(users, protocol, scorer) };
  for (const protocol of protocols ?? defaultProtocols(options)) {
    evaluations.push(await evaluateRanking(source, { ...options, ...keep, protocol }));
  }
  const { train, test, k, signal } = options;
  return { protocols: evaluations, lists: await evaluateLists(source, { train, test, k, signal }) };
}

function defaultProtocols({ candidates }: Pick<RankingOptions, "candidates">): readonly ProtocolName[] {
  return candidates ? ["full", "sampled-99", "given"] : ["full", "sampled-99"];
}
