import { checkOptions, checkSource } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import { rankFull } from "./full.ts";
import { rankGiven } from "./given.ts";
import { meanIntervals, measureUsers, type UserMetrics } from "./measure.ts";
import { constantLogLoss } from "./metrics/index.ts";
import { naming } from "./naming.ts";
import { type SampledNegatives, sampledNegatives } from "./negatives.ts";
import { type ProtocolName, parseProtocol } from "./protocol.ts";
import type { Ranked, RankingTask } from "./ranked.ts";
import { type RelevanceFacts, relevanceFacts, relevanceOf } from "./relevance.ts";
import { rankSampled } from "./sampled.ts";
import type { Interval, ScoreSource } from "./types.ts";

/** A measured run. Plain JSON. */
export interface Evaluation {
  /** `full`, `sampled-99` …, or `rating`. */
  readonly protocol: string;
  /** Of the sampled negatives, the order of equal scores and the intervals. */
  readonly seed: number;
  /** Only of sampled protocols: how many there were. */
  readonly negatives?: SampledNegatives;
  /** Only where a rule said which held-out items are relevant: what it is and how many those are. */
  readonly relevance?: RelevanceFacts;
  /** Users measured: those with relevant held-out items and something to rank them against. */
  readonly users: number;
  /** Only beside `logloss`: that of telling every candidate the share of relevant ones. A model that knows no more has as much. */
  readonly constantLogloss?: number;
  /** By label (`hr@10`): the mean over users and its 95 % bootstrap interval. */
  readonly metrics: Readonly<Record<string, Interval>>;
}

export interface RankingOptions extends RankingTask {
  /** Default `full`. */
  readonly protocol?: ProtocolName | undefined;
  /** Length of the list that metrics look at. Default 10, or the size of a smaller catalogue. */
  readonly k?: number | undefined;
  /** Receives every user's value of every metric, before they are averaged: what runs are compared by. */
  readonly onUsers?: ((users: UserMetrics, protocol: string) => void) | undefined;
}

/**
 * Measures how well `source` ranks held-out items: HR, NDCG, MRR, MAP, precision, recall at k and AUC, each a mean over
 * users with an interval; where held-out items have values also NDCG with gains from those (linear, exponential); where scores
 * are `logits` and the protocol lists its candidates (sampled, given) the log loss, each user's mean over all candidates. Equal
 * scores are ordered as `ties.ts` says. `relevant` leaves hits to items of some values alone.
 *
 * Throws CONFIG_VALUE (k), CONFIG_UNKNOWN (protocol), EVAL_CANDIDATES, EVAL_EMPTY, EVAL_SCORES.
 */
export async function evaluateRanking(source: ScoreSource, options: RankingOptions): Promise<Evaluation> {
  checkSource(source, "evaluateRanking(source, options)");
  checkOptions(options, "evaluateRanking(source, options)", "train", "test");
  const k = listLength(options.k, options.train.items.size);
  const protocol = options.protocol ?? "full";
  const relevance = relevanceOf(options.test, options.relevant);
  const ranked = await rankUsers(source, { ...options, protocol });
  const users = measureUsers(ranked, k);
  options.onUsers?.(users, protocol);
  const measured = summarizeUsers(users, ranked, { protocol, seed: options.seed });
  return relevance ? { ...measured, relevance: relevanceFacts(options.test, relevance) } : measured;
}

/** The protocol's part alone: ranks once what may then be measured at several k, or compared between runs. */
export async function rankUsers(
  source: ScoreSource,
  { protocol: name, ...task }: RankingTask & { readonly protocol: ProtocolName },
): Promise<Ranked> {
  const protocol = parseProtocol(name);
  const rank = {
    full: () => rankFull(source, task),
    given: () => rankGiven(source, task),
    sampled: () => rankSampled(source, task, protocol.kind === "sampled" ? protocol.negatives : 0),
  }[protocol.kind];
  const ranked = await naming(task.train, rank);
  checkRanked(ranked, task);
  return ranked;
}

/** Throws EVAL_EMPTY where nobody is left to be measured. */
export function checkRanked({ users }: Ranked, { test, relevant }: Pick<RankingTask, "test" | "relevant">): void {
  if (users.length > 0) return;
  const relevance = relevanceOf(test, relevant);
  if (!relevance) fail("EVAL_EMPTY", { what: "No user has a held-out item to rank" });
  fail("EVAL_EMPTY", {
    what: `No user has a held-out item with a value ${relevance.words} to rank`,
    fix: "Choose another rule for what is relevant; `penchant data` shows the values there are.",
  });
}

/** The metrics' part alone. */
export function summarize(ranked: Ranked, { k, ...facts }: MeasuredAs & { readonly k: number }): Evaluation {
  return summarizeUsers(measureUsers(ranked, k), ranked, facts);
}

interface MeasuredAs {
  readonly protocol: ProtocolName;
  readonly seed: number;
}

function summarizeUsers(users: UserMetrics, ranked: Ranked, { protocol, seed }: MeasuredAs): Evaluation {
  const kind = parseProtocol(protocol);
  const negatives = kind.kind === "sampled" && { negatives: sampledNegatives(ranked, kind.negatives) };
  const constant = ranked.logLosses && { constantLogloss: constantOf(ranked) };
  return {
    protocol,
    seed,
    ...negatives,
    users: users.users.length,
    ...constant,
    metrics: meanIntervals(users, { seed }),
  };
}

/** Mean over users, each candidate being told the share of relevant ones among all. */
function constantOf({ users, positions, offsets, candidates }: Ranked): number {
  const share = positions.length / candidates.reduce((sum, count) => sum + count, 0);
  const relevant = (row: number): number => (offsets[row + 1] as number) - (offsets[row] as number);
  const of = (row: number): number => constantLogLoss(share, relevant(row), candidates[row] as number);
  return users.reduce((sum, _, row) => sum + of(row), 0) / users.length;
}

const DEFAULT_K = 10;

/** The k asked for, checked, or what stands for it: 10, or the size of a smaller catalogue. Throws CONFIG_VALUE. */
export const listLength = (k: number | undefined, items: number): number =>
  checkK(k ?? Math.min(DEFAULT_K, items), items);

/** Throws CONFIG_VALUE unless k is a whole number from 1 to the size of the catalogue. */
export function checkK(k: number, items: number): number {
  if (Number.isInteger(k) && k >= 1 && k <= items) return k;
  return fail("CONFIG_VALUE", {
    what: k > items ? "k is larger than the catalogue" : "k is not a positive whole number",
    expected: `a whole number from 1 to ${items}`,
    received: String(k),
    fix: `Ask for at most ${items} items.`,
    details: { k, items },
  });
}
