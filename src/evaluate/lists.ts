import { rowOf, stack } from "../core/csr.ts";
import { blocksOf } from "./blocks.ts";
import { type GroupExposure, ListQuality } from "./list-quality.ts";
import { averagePopularity, coverage, gini } from "./metrics/index.ts";
import { naming } from "./naming.ts";
import type { EvaluationWarning } from "./negatives.ts";
import { listLength } from "./ranking.ts";
import type { Part, ScoreSource, Watch } from "./types.ts";

export interface ListOptions extends Watch {
  readonly train: Part;
  /** Held out: without it nothing is known to be right, and serendipity is left out. */
  readonly test?: Part | undefined;
  /** Length of each list. Default 10, or the size of a smaller catalogue. */
  readonly k?: number | undefined;
  /** Whose lists. Default: every user. */
  readonly users?: Int32Array | undefined;
}

/** What the lists that users would get look like, beyond being right. Plain JSON. */
export interface ListEvaluation {
  readonly lists: number;
  /** Length of each. */
  readonly k: number;
  /**
   * `coverage@10`, `popularity@10` (mean training interactions of a recommended item), `gini@10`, and means over lists:
   * `novelty@10` (bits), `distance@10` and `least-distance@10` (of a list's pairs), `serendipity@10`, `miscalibration@10`.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Of items by popularity, the most popular first: their shares of all items, interactions and places. Older measurements kept none. */
  readonly exposure?: readonly GroupExposure[];
}

/** What everybody's top k without training items are like. Throws CONFIG_VALUE (k). */
export async function evaluateLists(source: ScoreSource, options: ListOptions): Promise<ListEvaluation> {
  const { train, test } = options;
  const k = listLength(options.k, train.items.size);
  const users = options.users ?? Int32Array.from({ length: train.users.size }, (_, user) => user);
  const exposure = new Int32Array(train.items.size);
  const quality = new ListQuality(train, test, { k, lists: users.length });
  for (const block of blocksOf(users, options)) {
    const exclude = stack(Array.from(block, (user) => rowOf(train.byUser, user)));
    const { items } = await naming(train, () => source.topK({ users: block, k, exclude }));
    for (const item of items) if (item >= 0) exposure[item] = (exposure[item] as number) + 1;
    for (const [row, user] of block.entries()) {
      quality.add(
        user,
        items.subarray(row * k, (row + 1) * k).filter((item) => item >= 0),
      );
    }
  }
  return {
    lists: users.length,
    k,
    metrics: {
      [`coverage@${k}`]: coverage(exposure),
      [`popularity@${k}`]: averagePopularity(exposure, itemCounts(train)),
      [`gini@${k}`]: gini(exposure),
      ...quality.means(),
    },
    exposure: quality.exposure(exposure),
  };
}

/** Fewer than this share of what the lists could show is few. */
const FEW = 0.1;

/** `few-items`: everybody's lists together show a small part of the items that they have room for. */
export function fewItems({ lists, k, metrics }: ListEvaluation, items: number): EvaluationWarning[] {
  const shown = Math.round((metrics[`coverage@${k}`] ?? 0) * items);
  const possible = Math.min(items, lists * k);
  if (shown >= FEW * possible) return [];
  const grouped = (value: number): string => value.toLocaleString("en-US");
  const share = `${((100 * shown) / items).toFixed(1)} %`;
  const who = `The lists of ${grouped(lists)} users show ${grouped(shown)} of ${grouped(items)} items (${share})`;
  return [{ code: "few-items", message: `${who}: a few items get all places.` }];
}

/** Interactions per item, but for dislikes (values below 0). */
export function itemCounts({ byUser, items }: Part): Float32Array {
  const counts = new Float32Array(items.size);
  for (const [at, item] of byUser.items.entries()) {
    if (!((byUser.values?.[at] ?? 1) < 0)) counts[item] = (counts[item] as number) + 1;
  }
  return counts;
}
