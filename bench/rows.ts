import type { SharedFolder } from "./data/files.ts";
import { createFeed, type FeedSpec } from "./penchant.ts";

/** The rows that a training run sees first, in its order. */
export interface Rows {
  readonly user: Int32Array;
  readonly item: Int32Array;
  /** Of triples. */
  readonly negative: Int32Array;
  /** Of pairs and ratings. */
  readonly label: Float32Array;
}

/** The first `count` rows of epoch 0 as the feed defines them: what peers are handed ready-made, our engine draws itself. */
export function firstRows(feed: FeedSpec, seed: number, count: number): Rows {
  const opened = createFeed(feed, { batchSize: 4096, seed });
  const total = Math.min(count, opened.rowsPerEpoch);
  const ids = () => new Int32Array(total);
  const rows = { user: ids(), item: ids(), negative: ids(), label: new Float32Array(total) };
  for (let step = 0, row = 0; row < total; step++) {
    const batch = opened.batch(0, step);
    const taken = Math.min(batch.rows, total - row);
    for (const name of ["user", "item", "negative", "label"] as const) {
      rows[name].set(batch.feeds[name]?.subarray(0, taken) ?? [], row);
    }
    row += taken;
  }
  return rows;
}

const written = new WeakMap<SharedFolder, string>();

/** Leaves the first rows in the folder, once for all cases that have the same feed. */
export function shareRows(folder: SharedFolder, feed: FeedSpec, seed: number, count: number): void {
  const key = JSON.stringify([feed.kind, feed.negatives, feed.distribution.kind, seed, count]);
  if (written.get(folder) === key) return;
  folder.writeAll({ ...firstRows(feed, seed, count) });
  written.set(folder, key);
}
