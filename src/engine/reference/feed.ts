import { filledRows, rowNumbers, rowOf } from "../../core/csr.ts";
import { below, hash, mix32, permute, STREAM, words } from "../../core/random.ts";
import type { Csr, FeedSpec, Feeds } from "../contract.ts";

/** Draws of a negative before the sampler gives up luck and scans the catalogue. */
const ATTEMPTS = 128;

/** One batch: the rows of a step under the names of a plan's inputs. */
export interface Batch {
  readonly rows: number;
  /** `user` and `weight`; but for rows `item` and `event`; `label` for pairs and ratings; `negative` for triples. */
  readonly feeds: Feeds;
}

/** The rows of training, as a pure function of (seed, epoch, step): nothing is stored, so resuming is trivial. */
export interface Feed {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  /** The batch of a step; the last one of an epoch is short. */
  batch(epoch: number, step: number): Batch;
}

type Sizes = Pick<FeedSpec, "kind" | "negatives" | "interactions" | "dislikes">;

/**
 * Rows that one epoch has: positives and their negatives for pairs, one row per negative for triples, both followed by dislikes;
 * users for rows.
 */
export function rowsPerEpoch(spec: Sizes): number {
  return spec.kind === "rows"
    ? filledRows(spec.interactions).length
    : firstDislike(spec) + dislikesOf(spec).items.length;
}

/** The row at which dislikes begin. */
function firstDislike({ kind, negatives, interactions }: Sizes): number {
  return interactions.items.length * { pairs: 1 + negatives, triples: negatives, ratings: 1, rows: 1 }[kind];
}

const NONE: Csr = { offsets: new Int32Array(1), items: new Int32Array(0) };

const dislikesOf = ({ kind, dislikes = NONE }: Sizes): Csr =>
  kind === "pairs" || kind === "triples" ? dislikes : NONE;

/** Whether a row of the matrix holds the item: linear on purpose, this is the definition. */
export function contains(csr: Csr, row: number, item: number): boolean {
  return rowOf(csr, row).includes(item);
}

/** The negative of a row, or undefined where the user knows the whole catalogue. */
export function drawNegative(
  spec: Pick<FeedSpec, "distribution" | "items" | "known">,
  { seed, epoch, row, user }: { seed: number; epoch: number; row: number; user: number },
): number | undefined {
  const { distribution, items, known } = spec;
  let item = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const x = hash(seed, STREAM.negative, epoch, ...words(row), attempt);
    item = below(x, items);
    if (distribution.kind === "alias" && mix32(x ^ 0x85ebca6b) >= (distribution.thresholds[item] ?? 0)) {
      item = distribution.aliases[item] ?? item;
    }
    if (!contains(known, user, item)) return item;
  }
  for (let scanned = 1; scanned < items; scanned++) {
    const candidate = (item + scanned) % items;
    if (!contains(known, user, candidate)) return candidate;
  }
  return undefined;
}

/** Opens the feed of a specification. */
export function createFeed(spec: FeedSpec, { batchSize, seed }: { batchSize: number; seed: number }): Feed {
  const total = rowsPerEpoch(spec);
  const owners = spec.kind === "rows" ? filledRows(spec.interactions) : rowNumbers(spec.interactions);
  const dislikers = rowNumbers(dislikesOf(spec));
  return {
    rowsPerEpoch: total,
    stepsPerEpoch: Math.ceil(total / batchSize),
    batch(epoch, step) {
      const first = step * batchSize;
      const rows = Math.max(0, Math.min(batchSize, total - first));
      const columns = emptyColumns(rows);
      const key = hash(seed, STREAM.shuffle, epoch);
      for (let i = 0; i < rows; i++) {
        const row = spec.shuffle === "rows" ? permute(first + i, total, key) : first + i;
        if (spec.kind === "rows" || row < firstDislike(spec)) fillRow(spec, columns, i, { seed, epoch, row, owners });
        else fillDislike(spec, columns, i, { seed, epoch, row, owners: dislikers });
      }
      return { rows, feeds: select(spec.kind, columns) };
    },
  };
}

const emptyColumns = (rows: number) => ({
  user: new Int32Array(rows),
  item: new Int32Array(rows),
  negative: new Int32Array(rows),
  event: new Int32Array(rows),
  label: new Float32Array(rows),
  weight: new Float32Array(rows).fill(1),
});
type Columns = ReturnType<typeof emptyColumns>;

function select(kind: FeedSpec["kind"], { user, item, negative, event, label, weight }: Columns): Feeds {
  if (kind === "rows") return { user, weight };
  return kind === "triples" ? { user, item, negative, event, weight } : { user, item, event, label, weight };
}

interface RowContext {
  readonly seed: number;
  readonly epoch: number;
  readonly row: number;
  readonly owners: Int32Array;
}

function fillRow(spec: FeedSpec, columns: Columns, i: number, { seed, epoch, row, owners }: RowContext): void {
  const perPositive = spec.kind === "pairs" ? 1 + spec.negatives : spec.kind === "triples" ? spec.negatives : 1;
  const positive = Math.floor(row / perPositive);
  const user = owners[positive] ?? 0;
  const item = spec.interactions.items[positive] ?? 0;
  const value = spec.interactions.values?.[positive] ?? 1;
  columns.user[i] = user;
  if (spec.kind === "rows") return;
  columns.item[i] = item;
  columns.event[i] = positive;
  columns.label[i] = spec.kind === "ratings" ? value : 1;
  if (spec.kind !== "ratings") columns.weight[i] = value;
  if (spec.kind === "ratings" || (spec.kind === "pairs" && row % perPositive === 0)) return;
  const negative = drawNegative(spec, { seed, epoch, row, user });
  columns.negative[i] = negative ?? item;
  if (spec.kind === "pairs" && negative !== undefined) {
    columns.item[i] = negative;
    columns.label[i] = 0;
    columns.weight[i] = 1;
  }
}

function fillDislike(spec: FeedSpec, columns: Columns, i: number, { seed, epoch, row, owners }: RowContext): void {
  const dislikes = dislikesOf(spec);
  const at = row - firstDislike(spec);
  const user = owners[at] ?? 0;
  const item = dislikes.items[at] ?? 0;
  columns.user[i] = user;
  columns.event[i] = spec.interactions.items.length + at;
  columns.weight[i] = dislikes.values?.[at] ?? 1;
  columns.item[i] = item;
  if (spec.kind === "pairs") return;
  const own = rowOf(spec.interactions, user);
  columns.item[i] = own[below(hash(seed, STREAM.negative, epoch, ...words(row), 0), own.length)] ?? item;
  columns.negative[i] = item;
}
