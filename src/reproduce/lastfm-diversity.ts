/**
 * How diverse lists can be without losing what they are for: re-ranking on Last.FM (HetRec 2011), by the protocol of the benchmark of pyversity
 * (github.com/Pringled/pyversity, benchmarks at 6f597a0): each method with each weight of diversity, finer around the best; what counts is the most diverse lists that keep
 * 95 % of the NDCG of the list by score alone. One event of each user is left out at random; vectors are 64 singular ones of the matrix of events, which
 * includes those left out, so that figures compare with theirs alone; candidates are the nearest items of each item of the history.
 */
import { join } from "node:path";
import { below, hash, STREAM } from "../core/random.ts";
import { type Interactions, kCore, readInteractions } from "../dataset/index.ts";
import type { Engine } from "../engine/contract.ts";
import { meanIntervals, means, type UserMetrics } from "../evaluate/index.ts";
import { cosineOf, dpp, mmr, msd, ssd } from "../rerank/index.ts";
import { fewUsers } from "./small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "./types.ts";

const WIDTH = 64;
const NEIGHBOURS = 50;
const CANDIDATES = 1000;
const K = 20;
const KEPT = 0.95;
const LABELS = ["ndcg@10", "ilad", "ilmd"] as const;

/** Weights of diversity, from none. */
const lambdas = Array.from({ length: 21 }, (_, i) => (20 - i) / 20);
const gammas = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 4, 16];

/** A user's candidates, the best first. */
interface Bench {
  readonly items: readonly number[];
  readonly scores: readonly number[];
  readonly likeness: (a: number, b: number) => number;
  readonly vectors: Float32Array;
}

interface Method {
  readonly weights: readonly number[];
  order(bench: Bench, weight: number): Int32Array;
  readonly published: Readonly<Record<(typeof LABELS)[number], number>>;
}

const methods: Readonly<Record<string, Method>> = {
  mmr: {
    weights: lambdas,
    order: ({ scores, likeness }, lambda) => mmr(scores, likeness, { k: K, lambda }),
    published: { "ndcg@10": 0.159, ilad: 0.485, ilmd: 0.103 },
  },
  msd: {
    weights: lambdas,
    order: ({ scores, likeness }, lambda) => msd(scores, likeness, { k: K, lambda }),
    published: { "ndcg@10": 0.1537, ilad: 0.837, ilmd: 0.103 },
  },
  dpp: {
    weights: lambdas,
    order: ({ scores, likeness }, lambda) => dpp(scores, likeness, { k: K, lambda }),
    published: { "ndcg@10": 0.1506, ilad: 0.733, ilmd: 0.186 },
  },
  ssd: {
    weights: gammas,
    order: ({ scores, vectors }, gamma) => ssd(scores, cosineOf(vectors, WIDTH), { k: K, gamma }),
    published: { "ndcg@10": 0.1585, ilad: 0.523, ilmd: 0.107 },
  },
};

/** What `only` can name. */
export const lastfmDiversityMethods: readonly string[] = Object.keys(methods);

export async function reproduceLastfmDiversity(options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const [seed = 1] = options.seeds ?? [];
  const data = kCore(fewUsers(await readInteractions(join(options.from, "user_artists.dat")), options));
  const alike = await similarities(options.engine, data, options.threads);
  const users = Array.from({ length: data.users.size }, (_, user) => user);
  const rows: Reproduced[] = [];
  for (const [name, method] of Object.entries(methods)) {
    if (options.only !== undefined && options.only !== name) continue;
    const start = performance.now();
    const trial = { data, alike, seed, signal: options.signal };
    const { plain, weight, best } = await mostDiverse(method, users, trial);
    const seconds = (performance.now() - start) / 1000;
    options.onLine?.(`${name}: weight ${weight}, ILAD ${meanOf(best, "ilad").toFixed(3)}`);
    const facts = { factors: WIDTH, epochs: [], seeds: [seed], seconds };
    if (rows.length === 0) rows.push(...rowsOf("by score", plain, undefined, { ...facts, chosen: "none" }));
    const protocol = `${name === "ssd" ? "gamma" : "lambda"} ${weight}`;
    rows.push(...rowsOf(name, best, method.published, { ...facts, chosen: "test", protocol }));
  }
  return {
    name: "lastfm-diversity",
    protocol: `the most diverse lists of ${K} that keep ${100 * KEPT} % of NDCG@10, ${users.length} users, leave-one-out; ILAD and ILMD: mean and least distance of two items of a list`,
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

function rowsOf(
  model: string,
  measured: UserMetrics,
  published: Method["published"] | undefined,
  {
    chosen,
    ...facts
  }: Pick<Reproduced, "factors" | "epochs" | "seeds" | "seconds" | "protocol"> & {
    readonly chosen: Reproduced["epochChosenBy"];
  },
): Reproduced[] {
  const plain: Record<string, number> = { "ndcg@10": 0.1582, ilad: 0.426, ilmd: 0.083 };
  const intervals = meanIntervals(measured, { seed: facts.seeds[0] ?? 1 });
  return LABELS.map((metric) => {
    const { value, low, high } = intervals[metric] as { value: number; low: number; high: number };
    const shown = (published ?? plain)[metric] ?? null;
    return {
      ...facts,
      model,
      metric,
      epochChosenBy: chosen,
      published: shown,
      measured: value,
      low,
      high,
      values: [value],
    };
  });
}

interface Similarities {
  /** `[items, items]`, of vectors of length 1. */
  readonly cosines: Float32Array;
  readonly vectors: Float32Array;
  /** The nearest of each item, the most alike first. */
  readonly nearest: readonly (readonly number[])[];
}

/** Rows of V S of the singular value decomposition of the matrix of events, scaled to length 1, and how alike they are. */
async function similarities(engine: Engine, { byUser, items }: Interactions, threads: number): Promise<Similarities> {
  const columns = items.size;
  const matrix = { offsets: byUser.offsets, items: byUser.items, columns };
  const directions = await engine.solver.singularVectors({ matrix, count: WIDTH, iterations: 12 }, { threads });
  const lengths = singularValues(matrix, directions);
  const vectors = directions.map((x, i) => x * (lengths[i % WIDTH] as number));
  for (let item = 0; item < columns; item++) {
    const row = vectors.subarray(item * WIDTH, (item + 1) * WIDTH);
    const length = Math.hypot(...row);
    if (length > 0) row.set(row.map((x) => x / length));
  }
  const cosines = new Float32Array(columns * columns);
  for (let a = 0; a < columns; a++) {
    for (let b = a; b < columns; b++) {
      let sum = 0;
      for (let c = 0; c < WIDTH; c++) sum += (vectors[a * WIDTH + c] as number) * (vectors[b * WIDTH + c] as number);
      cosines[a * columns + b] = sum;
      cosines[b * columns + a] = sum;
    }
    if (a % 64 === 0) await new Promise(setImmediate);
  }
  const nearest = Array.from({ length: columns }, (_, item) => {
    const row = cosines.subarray(item * columns, (item + 1) * columns);
    const others = [...row.keys()].filter((other) => other !== item && (row[other] as number) > 0);
    return others.sort((a, b) => (row[b] as number) - (row[a] as number) || a - b).slice(0, NEIGHBOURS);
  });
  return { cosines, vectors, nearest };
}

/** The length of each direction's image. */
function singularValues(
  { offsets, items }: { readonly offsets: Int32Array; readonly items: Int32Array },
  directions: Float32Array,
): Float64Array {
  const squares = new Float64Array(WIDTH);
  for (let user = 0; user < offsets.length - 1; user++) {
    const sums = new Float64Array(WIDTH);
    for (const item of items.subarray(offsets[user], offsets[user + 1])) {
      for (let c = 0; c < WIDTH; c++) sums[c] = (sums[c] as number) + (directions[item * WIDTH + c] as number);
    }
    for (let c = 0; c < WIDTH; c++) squares[c] = (squares[c] as number) + (sums[c] as number) ** 2;
  }
  return squares.map(Math.sqrt);
}

interface Weighed {
  readonly weight: number;
  readonly lists: UserMetrics;
}

/** The most diverse lists that keep enough of the NDCG: over all weights of a method, then over finer ones around the best of them. */
async function mostDiverse(method: Method, users: readonly number[], trial: Trial) {
  const weigh = async (weights: readonly number[]): Promise<Weighed[]> => {
    const lists = await measured({ ...method, weights }, users, trial);
    return lists.map((one, i) => ({ weight: weights[i] as number, lists: one }));
  };
  const coarse = await weigh(method.weights);
  const [{ lists: plain }] = coarse as [Weighed];
  const least = KEPT * meanOf(plain, "ndcg@10");
  const choose = (found: readonly Weighed[]): Weighed =>
    found
      .filter(({ lists }) => meanOf(lists, "ndcg@10") >= least)
      .reduce((a, b) => (meanOf(b.lists, "ilad") > meanOf(a.lists, "ilad") ? b : a));
  const first = choose(coarse);
  const { weight, lists: best } = choose([first, ...(await weigh(around(method.weights, first.weight)))]);
  return { plain, weight, best };
}

const meanOf = (lists: UserMetrics, label: (typeof LABELS)[number]): number => means(lists)[label] as number;

/** Nine between the neighbours of a weight, to the third digit. */
function around(weights: readonly number[], weight: number): number[] {
  const at = weights.indexOf(weight);
  const [from, to] = [weights[Math.max(0, at - 1)], weights[Math.min(weights.length - 1, at + 1)]] as [number, number];
  return Array.from({ length: 9 }, (_, i) => Number((from + ((to - from) * (i + 1)) / 10).toFixed(3)));
}

interface Trial {
  readonly data: Interactions;
  readonly alike: Similarities;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** What each user's list is worth with each weight of a method. Users with fewer candidates than places are left out. */
async function measured(method: Method, users: readonly number[], trial: Trial): Promise<UserMetrics[]> {
  const { data, alike, seed, signal } = trial;
  const cells: number[][] = method.weights.map(() => []);
  const asked: number[] = [];
  for (const user of users) {
    signal?.throwIfAborted();
    const { offsets, items } = data.byUser;
    const history = Array.from(items.subarray(offsets[user], offsets[user + 1]));
    const [held] = history.splice(below(hash(seed, STREAM.split, user), history.length), 1) as [number];
    const bench = benchOf(history, alike);
    if (bench.items.length < K) continue;
    asked.push(user);
    for (const [i, weight] of method.weights.entries()) {
      const list = Array.from(method.order(bench, weight), (place) => bench.items[place] as number);
      cells[i]?.push(...worth(list, held, alike));
    }
    if (asked.length % 8 === 0) await new Promise(setImmediate);
  }
  return cells.map((values) => ({
    users: Int32Array.from(asked),
    labels: [...LABELS],
    cells: Float64Array.from(values),
    width: LABELS.length,
  }));
}

/** Scores are sums of likenesses over the history. */
function benchOf(history: readonly number[], { cosines, vectors, nearest }: Similarities): Bench {
  const columns = nearest.length;
  const [own, sums] = [new Set(history), new Map<number, number>()];
  for (const item of history) {
    for (const other of nearest[item] as readonly number[]) {
      if (!own.has(other)) sums.set(other, (sums.get(other) ?? 0) + (cosines[item * columns + other] as number));
    }
  }
  const found = [...sums].sort(([a, x], [b, y]) => y - x || a - b).slice(0, CANDIDATES);
  const items = found.map(([item]) => item);
  const rows = new Float32Array(items.length * WIDTH);
  for (const [i, item] of items.entries()) rows.set(vectors.subarray(item * WIDTH, (item + 1) * WIDTH), i * WIDTH);
  return {
    items,
    scores: found.map(([, score]) => score),
    likeness: (a, b) => cosines[(items[a] as number) * columns + (items[b] as number)] as number,
    vectors: rows,
  };
}

/** NDCG@10 of the item held out, mean and least distance of two items. */
function worth(list: readonly number[], held: number, { cosines, nearest }: Similarities): number[] {
  const place = list.indexOf(held);
  let [sum, least, pairs] = [0, Number.POSITIVE_INFINITY, 0];
  for (const [i, a] of list.entries()) {
    for (const b of list.slice(i + 1)) {
      const distance = 1 - (cosines[a * nearest.length + b] as number);
      sum += distance;
      least = Math.min(least, distance);
      pairs++;
    }
  }
  return [place >= 0 && place < 10 ? 1 / Math.log2(place + 2) : 0, sum / pairs, least];
}
