/** How an index of a run's item vectors is made, and how near it comes to an exact search. */
import { type Artifact, dataOf } from "../artifact/types.ts";
import { fail } from "../core/errors.ts";
import { hash } from "../core/random.ts";
import type { Engine, TopK, VectorIndex } from "../engine/contract.ts";
import { fingerprintOf, type ItemSides, itemSides, type SavedIndex } from "./indexed-items.ts";
import { queriesOf } from "./queries.ts";

/** Users whose lists choose how much is looked at, and as many others whose lists measure it. */
const USERS = 256;
/** Places of a list that a page shows. */
const PAGE = 10;

export interface IndexOptions {
  /** The share of the k best that searches have to find, in (0, 1]. */
  readonly recall: number;
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
}

/** Of lists by index beside the exact ones, for users that had no part in making it. */
export interface IndexQuality {
  readonly users: number;
  readonly k: number;
  /** The share of the exact k best that the index finds, on average. */
  readonly recall: number;
  /** What the first ten lose: 1 - NDCG@10, where the exact first ten are what counts. */
  readonly ndcgLoss: number;
  readonly cells: number;
  readonly width: number;
  readonly items: number;
  /** Items that a search looks at. */
  readonly effort: number;
  /** Milliseconds of one search, one thread. */
  readonly ms: { readonly index: number; readonly exact: number };
}

/** Throws INDEX_MISSING where scores are no inner products, INDEX_RECALL where the bound is not kept. */
export async function buildIndex(
  engine: Engine,
  artifact: Artifact,
  { recall: bound, k: asked, seed, threads }: IndexOptions,
): Promise<{ readonly saved: SavedIndex; readonly quality: IndexQuality }> {
  const sides = await itemSides(engine, artifact);
  const items = artifact.items.length;
  const k = Math.min(asked, items);
  const cells = Math.ceil(4 * Math.sqrt(items));
  using found = await engine.index({ vectors: sides.values, width: sides.width, cells, seed, threads });
  const parts = await found.parts();
  const [choosing, measuring] = await sampleOf(engine, artifact, seed);
  const effort = await leastEffort(found, await exactOf(found, choosing, k, items), { bound, k, items });
  const saved = { ...parts, fingerprint: await fingerprintOf(sides), effort, bound, k };
  return { saved, quality: await measured(engine, sides, saved, measuring) };
}

/** Measures an index that was made before, for the users that measured it then. Throws INDEX_STALE, INDEX_RECALL. */
export async function checkIndex(
  engine: Engine,
  artifact: Artifact,
  saved: SavedIndex,
  seed: number,
): Promise<IndexQuality> {
  const sides = await itemSides(engine, artifact);
  const known = saved.cellOf.length * sides.width;
  if (known > sides.values.length || (await fingerprintOf(sides, known)) !== saved.fingerprint) {
    fail("INDEX_STALE", { what: "The index was made of other item vectors than the run has" });
  }
  const [, measuring] = await sampleOf(engine, artifact, seed);
  return measured(engine, sides, saved, measuring);
}

/** Searches, and what they have to find. */
interface Exact {
  readonly queries: Float32Array;
  readonly best: TopK;
}

async function exactOf(index: VectorIndex, queries: Float32Array, k: number, items: number): Promise<Exact> {
  return { queries, best: await index.search({ queries, k, effort: items }) };
}

/** The sides of users in an order drawn by the seed, in two halves that share nobody. */
async function sampleOf(
  engine: Engine,
  artifact: Artifact,
  seed: number,
): Promise<readonly [Float32Array, Float32Array]> {
  const { plans, parameters, users, items, history } = artifact;
  const spec = { plan: plans.score, parameters, data: dataOf(artifact), users: users.length, items: items.length };
  const drawn = [...users.keys()]
    .filter((user) => (history.offsets[user + 1] as number) > (history.offsets[user] as number))
    .map((user) => [hash(seed, user), user] as const)
    .sort(([a, x], [b, y]) => a - b || x - y)
    .slice(0, 2 * USERS);
  if (drawn.length < 2) fail("DATA_TOO_SMALL", { what: "An index is measured on two users or more" });
  using queries = queriesOf(engine, { ...spec, threads: 1 });
  if (!queries) return fail("INDEX_MISSING", { what: "Scores are no inner products" });
  const rows: Float32Array[] = [];
  for (const [, user] of drawn) rows.push(await queries.of(user));
  const half = Math.ceil(rows.length / 2);
  return [joined(rows.slice(0, half)), joined(rows.slice(half))];
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) all.set(row, i * width);
  return all;
}

/** The least effort, of steps by a fifth, with which recall is above the bound by two standard errors, so that other users find it kept. */
async function leastEffort(
  index: VectorIndex,
  { queries, best }: Exact,
  { bound, k, items }: { readonly bound: number; readonly k: number; readonly items: number },
): Promise<number> {
  for (let effort = k; effort < items; effort = Math.ceil(effort * 1.2)) {
    const shares = recalls(best, await index.search({ queries, k, effort }), k);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    if (mean - 2 * Math.sqrt(variance / shares.length) >= bound) return effort;
  }
  return items;
}

async function measured(
  engine: Engine,
  { values: vectors, width }: ItemSides,
  saved: SavedIndex,
  queries: Float32Array,
): Promise<IndexQuality> {
  const { k, bound, effort } = saved;
  using index = await engine.index({ vectors, width, cells: saved, seed: 0, threads: 1 });
  const items = vectors.length / width;
  const timed = async (looked: number) => {
    const start = performance.now();
    const best = await index.search({ queries, k, effort: looked });
    return { best, ms: ((performance.now() - start) * width) / queries.length };
  };
  const [exact, found] = [await timed(items), await timed(effort)];
  const shares = recalls(exact.best, found.best, k);
  const recall = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  if (recall < bound) {
    fail("INDEX_RECALL", {
      what: `The index finds too few of the ${k} best items of ${shares.length} users`,
      expected: `recall@${k} >= ${bound}`,
      received: recall.toFixed(4),
    });
  }
  return {
    ...{ users: shares.length, k, recall, ndcgLoss: lossOf(exact.best, found.best, k) },
    ...{ cells: saved.centroids.length / width, width, items, effort },
    ms: { index: found.ms, exact: exact.ms },
  };
}

/** For each row the share of the exact items that are in the other list. */
function recalls(exact: TopK, found: TopK, k: number): number[] {
  return rowsOf(exact, k).map((best, row) => {
    const listed = new Set(found.items.subarray(row * k, (row + 1) * k));
    return best.length === 0 ? 1 : best.filter((item) => listed.has(item)).length / best.length;
  });
}

const rowsOf = ({ items }: TopK, k: number): number[][] =>
  Array.from({ length: items.length / k }, (_, row) =>
    Array.from(items.subarray(row * k, (row + 1) * k)).filter((item) => item >= 0),
  );

function lossOf(exact: TopK, found: TopK, k: number): number {
  const gain = (place: number) => 1 / Math.log2(place + 2);
  const lists = rowsOf(found, k);
  const losses = rowsOf(exact, k).map((best, row) => {
    const wanted = new Set(best.slice(0, PAGE));
    const ideal = [...wanted.keys()].reduce((sum, _, place) => sum + gain(place), 0);
    const page = (lists[row] as number[]).slice(0, PAGE);
    return 1 - page.reduce((sum, item, place) => sum + (wanted.has(item) ? gain(place) : 0), 0) / ideal;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
