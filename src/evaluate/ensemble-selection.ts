/**
 * How much each of several models should count, chosen on held-out interactions: ensemble selection with replacement. Starting from
 * nothing, the model is added that makes the sum of all added so far rank best; the weights are how often each was added when the sum
 * ranked best of all. Models that never help are never added, and few steps leave little room to fit chance.
 *
 * Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble Selection from Libraries of Models", ICML 2004, sections 2 and 2.1.
 */
import { checkArgument, checkOptions, checkSource } from "../core/argument.ts";
import { filledRows, rowOf } from "../core/csr.ts";
import { catalogueScores, type Fusion, fusable, fused } from "../core/fuse.ts";
import { lowerBound, union } from "../core/sorted.ts";
import { blocksOf } from "./blocks.ts";
import { knownItems } from "./full.ts";
import { ndcg } from "./metrics/index.ts";
import type { RankingTask } from "./ranked.ts";
import { sampler } from "./sampled.ts";
import { settleTies, standing } from "./ties.ts";
import type { ScoreSource } from "./types.ts";

export interface SelectionOptions extends RankingTask {
  readonly fusion: Fusion;
  /** NDCG at this place is what counts. */
  readonly k: number;
  /** Held-out items are ranked among so many sampled ones; undefined: among the items that any of the models ranks high. */
  readonly negatives?: number | undefined;
  /** How often a model is added. Default 40. */
  readonly steps?: number | undefined;
}

export interface Selected {
  /** Of each model, in their order; they sum to 1, and 0 leaves one out. */
  readonly weights: readonly number[];
  /** NDCG@k of the weighted sum, as the choice measured it. */
  readonly value: number;
  /** The same of each model alone. */
  readonly alone: readonly number[];
}

/** Of full ranking: so many of each model's best items are ranked. An item that none of them has there is hardly the best of their sum. */
const POOL = 200;

/**
 * `test` of the options is what the choice is made on: nothing that the models have learned from. Ties go to the earlier model. Throws as
 * the models' `score` does.
 */
export async function selectWeights(
  models: readonly Pick<ScoreSource, "score">[],
  options: SelectionOptions,
): Promise<Selected> {
  const call = "selectWeights(models, options)";
  checkArgument(Array.isArray(models), models, { call, name: "the models", expected: "a list of scorers" });
  for (const model of models) checkSource(model, call);
  checkOptions(options, call, "train", "test");
  const rankings = await rankingsOf(models, options);
  const worth = (weights: readonly number[]): number => meanNdcg(rankings, weights, options);
  const alone = models.map((_, model) => worth(models.map((_, other) => (other === model ? 1 : 0))));
  const counts = models.map(() => 0);
  let best = { weights: counts.slice(), value: Number.NEGATIVE_INFINITY };
  for (let step = 0; step < (options.steps ?? 40); step++) {
    options.signal?.throwIfAborted();
    const values = models.map((_, model) => worth(counts.map((count, other) => count + (other === model ? 1 : 0))));
    const value = Math.max(...values);
    const chosen = values.indexOf(value);
    counts[chosen] = (counts[chosen] as number) + 1;
    if (value > best.value) best = { weights: counts.map((count) => count / (step + 1)), value };
  }
  return { ...best, alone };
}

/** One user's items that are ranked, and what each model adds to their scores. */
interface UserRanking {
  readonly user: number;
  /** Held-out items, and where they stand in the rows. */
  readonly targets: Int32Array;
  readonly at: Int32Array;
  /** `[model][item]` */
  readonly rows: readonly Float64Array[];
}

async function rankingsOf(
  models: readonly Pick<ScoreSource, "score">[],
  options: SelectionOptions,
): Promise<UserRanking[]> {
  const { train, test, fusion } = options;
  const size = Math.max(1, Math.floor(2 ** 21 / train.items.size));
  const rankings: UserRanking[] = [];
  for (const users of blocksOf(filledRows(test.byUser), options, size)) {
    const blocks = await Promise.all(models.map((model) => catalogueScores(model, users, train.items.size)));
    for (const [row, user] of users.entries()) {
      const whole = blocks.map((scores) =>
        fusable(scores.subarray(row * train.items.size, (row + 1) * train.items.size), fusion),
      );
      const targets = union(rowOf(test.byUser, user));
      const list = union(targets, othersOf(user, targets, whole, options));
      const at = targets.map((target) => lowerBound(list, target));
      rankings.push({
        user,
        targets,
        at,
        rows: whole.map((all) => Float64Array.from(list, (item) => all[item] as number)),
      });
    }
  }
  return rankings;
}

function othersOf(
  user: number,
  targets: Int32Array,
  rows: readonly Float64Array[],
  options: SelectionOptions,
): Int32Array {
  if (options.negatives !== undefined) return sampler(options, options.negatives)(user, targets);
  const known = knownItems(options, user);
  return union(...rows.map((row) => highest(row, known)));
}

/** The items, of those that are not known, whose value is among the highest. */
function highest(row: Float64Array, known: Int32Array): Int32Array {
  const open = row.slice();
  for (const item of known) open[item] = Number.NEGATIVE_INFINITY;
  const bound = open.slice().sort()[Math.max(0, row.length - POOL)] as number;
  const found: number[] = [];
  for (const [item, value] of open.entries()) if (value >= bound && value > Number.NEGATIVE_INFINITY) found.push(item);
  return Int32Array.from(found);
}

function meanNdcg(
  rankings: readonly UserRanking[],
  weights: readonly number[],
  { k, seed }: Pick<SelectionOptions, "k" | "seed">,
): number {
  let sum = 0;
  for (const { user, targets, at, rows } of rankings) {
    const total = fused(rows, weights);
    const places = settleTies(standing(total, at), targets, { user, seed }).sort();
    sum += ndcg(places, k, total.length);
  }
  return sum / Math.max(1, rankings.length);
}
