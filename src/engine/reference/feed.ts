import { filledRows } from "../../core/csr.ts";
import { below, hash, mix32, permute, STREAM, words } from "../../core/random.ts";
import type { Csr, FeedSpec, Feeds } from "../contract.ts";

/** Draws of a negative before the sampler gives up luck and scans the catalogue. */
const ATTEMPTS = 128;

/** One batch: the rows of a step under the names of a plan's inputs. */
export interface Batch {
  readonly rows: number;
  /** `user` and `weight`; but for rows `item`; `label` for pairs and ratings; `negative` for triples. */
  readonly feeds: Feeds;
}

/** The rows of training, as a pure function of (seed, epoch, step): nothing is stored, so resuming is trivial. */
export interface Feed {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  /** The batch of a step; the last one of an epoch is short. */
  batch(epoch: number, step: number): Batch;
}

/** Rows that one epoch has: positives and their negatives for pairs, one row per negative for triples, users for rows. */
export function rowsPerEpoch(spec: Pick<FeedSpec, "kind" | "negatives" | "interactions">): number {
  if (spec.kind === "rows") return filledRows(spec.interactions).length;
  const positives = spec.interactions.items.length;
  if (spec.kind === "ratings") return positives;
  return positives * (spec.kind === "pairs" ? 1 + spec.negatives : spec.negatives);
}

/** Whether a row of the matrix holds the item: linear on purpose, this is the definition. */
export function contains(csr: Csr, row: number, item: number): boolean {
  return csr.items.subarray(csr.offsets[row], csr.offsets[row + 1]).includes(item);
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
  const owners = spec.kind === "rows" ? filledRows(spec.interactions) : rowOwners(spec.interactions, spec.users);
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
        fillRow(spec, columns, i, { seed, epoch, row, owners });
      }
      return { rows, feeds: select(spec.kind, columns) };
    },
  };
}

/** The user of each positive, in the order of the matrix. */
function rowOwners({ offsets, items }: Csr, users: number): Int32Array {
  const owners = new Int32Array(items.length);
  for (let user = 0; user < users; user++) owners.fill(user, offsets[user], offsets[user + 1]);
  return owners;
}

const emptyColumns = (rows: number) => ({
  user: new Int32Array(rows),
  item: new Int32Array(rows),
  negative: new Int32Array(rows),
  label: new Float32Array(rows),
  weight: new Float32Array(rows).fill(1),
});
type Columns = ReturnType<typeof emptyColumns>;

function select(kind: FeedSpec["kind"], { user, item, negative, label, weight }: Columns): Feeds {
  if (kind === "rows") return { user, weight };
  return kind === "triples" ? { user, item, negative, weight } : { user, item, label, weight };
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
