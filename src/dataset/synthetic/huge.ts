import { fail } from "../../core/errors.ts";
import { below, hash, mix32, STREAM, unit } from "../../core/random.ts";
import { IdTable } from "../../ingest/index.ts";
import { Interactions } from "../interactions.ts";
import { Vocabulary } from "../vocabulary.ts";

export interface HugeOptions {
  readonly users: number;
  readonly items: number;
  /** Exactly this many, unless a user would need more items than half the catalogue. */
  readonly interactions: number;
  /** Taste clusters: most of a user's items are congruent to the user modulo this. Default 32. */
  readonly clusters?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** Share of draws that stay inside the user's cluster. */
const LOYALTY = 0.7;

/**
 * Synthetic implicit interactions for measuring speed and memory at scale: power-law activity and popularity, taste
 * clusters, ids u0, u1 … and i0, i1 …. Rows are written straight into their final arrays, 4 bytes an interaction and
 * 4 a user, so that 100 million interactions take about 420 MB.
 */
export function hugeInteractions({ users, items, interactions, clusters = 32, seed = 1 }: HugeOptions): Interactions {
  if (!(users >= 1 && items >= 2 * clusters && clusters >= 1 && interactions >= users && interactions < 2 ** 31)) {
    fail("CONFIG_VALUE", {
      what: "Sizes of synthetic interactions",
      expected: "users >= 1, items >= 2 x clusters, users <= interactions < 2^31",
      received: JSON.stringify({ users, items, interactions, clusters }),
    });
  }
  const offsets = activity(users, Math.floor(items / 2), interactions, seed);
  const all = new Int32Array(offsets[users] ?? 0);
  const owner = new Int32Array(items).fill(-1); // the last user who drew the item
  for (let user = 0; user < users; user++) {
    const row = all.subarray(offsets[user], offsets[user + 1]);
    drawRow(row, { user, items, clusters, owner, key: hash(seed, STREAM.synthetic, 20, user) });
    row.sort();
  }
  return new Interactions(numbered("u", users), numbered("i", items), { offsets, items: all });
}

/** Row offsets whose lengths follow a power law over users in shuffled order, at least 1 and at most `most` each. */
function activity(users: number, most: number, interactions: number, seed: number): Int32Array {
  const weight = (user: number): number => (0.02 + unit(hash(seed, STREAM.synthetic, 21, user))) ** -0.7;
  let total = 0;
  for (let user = 0; user < users; user++) total += weight(user);
  const offsets = new Int32Array(users + 1);
  const spare = interactions - users;
  let sum = 0;
  for (let user = 0; user < users; user++) {
    const before = Math.round((spare * sum) / total);
    sum += weight(user);
    const length = 1 + Math.round((spare * sum) / total) - before;
    offsets[user + 1] = (offsets[user] ?? 0) + Math.min(most, length);
  }
  return offsets;
}

interface RowTask {
  readonly user: number;
  readonly items: number;
  readonly clusters: number;
  readonly owner: Int32Array;
  readonly key: number;
}

/** Fills a row with different items: a power law over ranks, ranks of a cluster being every `clusters`-th item. */
function drawRow(row: Int32Array, { user, items, clusters, owner, key }: RowTask): void {
  const inside = Math.floor(items / clusters);
  const home = user % clusters;
  let attempt = 0;
  for (let filled = 0; filled < row.length; ) {
    const x = mix32(key + attempt++);
    const skew = unit(mix32(x ^ 0x68bc21eb)) ** 2;
    const isHome = unit(x) < LOYALTY && attempt < 4 * row.length;
    let item = isHome ? home + clusters * Math.floor(inside * skew) : Math.floor(items * skew);
    // heavy users meet what they have: after a fair number of attempts they take the next item that is free
    if (attempt > 8 * row.length) item = below(x, items);
    while (attempt > 8 * row.length && owner[item] === user) item = (item + 1) % items;
    if (owner[item] === user) continue;
    owner[item] = user;
    row[filled++] = item;
  }
}

function numbered(prefix: string, count: number): Vocabulary {
  const table = new IdTable();
  for (let index = 0; index < count; index++) table.internText(prefix + index);
  return Vocabulary.fromTable(table);
}
