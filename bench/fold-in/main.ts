/**
 * How good answers for newcomers are, and their reasons: `npm run bench -- fold-in` (MovieLens 100K, some minutes; no peers).
 *
 * Every sixth user is left out of training. Ratings: of each of them 1 to 50 ratings are known, and the rest is predicted; beside
 * item means and a ridge (λ = 10, the average user's score and an intercept) on the same item vectors. Lists: five items of each
 * are held out, and ranked among all that the user has not met, with 1 to all of the others known. Reasons: what the first
 * item's score loses when a past item is taken away and the rest folded in again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, fit, hash, loadEngine, modelNamed } from "../penchant.ts";
import {
  type Artifact,
  cholesky,
  createRecommender,
  type FoldIn,
  foldInOf,
  learningOf,
  type Recommender,
  solve,
  toArtifact,
} from "./penchant.ts";

const root = join(import.meta.dirname, "..");
const path = join(process.env["PENCHANT_DATA"] ?? join(root, "..", "shared", "data"), "ml-100k", "u.data");
const COUNTS = [1, 5, 10, 20, 50];
const RATING = ["biased-mf", "ncf-regression", "residual-hybrid", "weighted-hybrid"];
const IMPLICIT = ["bpr-mf", "gmf", "mlp", "neumf"];
const HELD_OUT = 5;
const PROFILES = 20;
const PAST = 25;

interface Rating {
  readonly item: number;
  readonly value: number;
}
type Rows = readonly (readonly Rating[])[];

function read(): Rows {
  const rows: Rating[][] = [];
  for (const line of readFileSync(path, "latin1").trim().split("\n")) {
    const [user = 0, item = 0, value = 0] = line.split("\t").map(Number);
    rows[user - 1] ??= [];
    rows[user - 1]?.push({ item: item - 1, value });
  }
  return rows;
}

/** In an order drawn for each user. */
const drawn = (row: readonly Rating[], user: number): readonly Rating[] =>
  row.toSorted((a, b) => hash(1, user, a.item) - hash(1, user, b.item) || a.item - b.item);

async function train(name: string, rows: Rows, items: number, engine: Engine): Promise<Artifact> {
  const sorted = rows.map((row) => row.toSorted((a, b) => a.item - b.item));
  const all = sorted.flat();
  const offsets = Int32Array.from({ length: rows.length + 1 }, (_, u) =>
    sorted.slice(0, u).reduce((n, r) => n + r.length, 0),
  );
  const itemCounts = new Float32Array(items);
  for (const { item } of all) itemCounts[item] = (itemCounts[item] ?? 0) + 1;
  const meanValue = all.reduce((sum, { value }) => sum + value, 0) / all.length;
  const data = {
    users: { size: rows.length, id: (index: number) => `u${index}` },
    items: { size: items, id: (index: number) => `${index}` },
    byUser: {
      offsets,
      items: Int32Array.from(all, ({ item }) => item),
      values: Float32Array.from(all, ({ value }) => value),
    },
    catalog: () => ({ users: rows.length, items, meanValue, itemCounts }),
  };
  const run = await fit(modelNamed(name)(), data, { engine, progress: "none", seed: 1 });
  const dataset = { fingerprint: "", users: rows.length, items, interactions: all.length };
  return toArtifact(run, data, { created: new Date().toISOString(), dataset, split: { kind: "none" } });
}

/** Scores of all items for somebody of whom these are known. */
async function scores(recommender: Recommender, known: readonly Rating[], items: number): Promise<Float64Array> {
  const ratings = new Map(known.map(({ item, value }) => [`${item}`, value]));
  const answer = await recommender.recommend({ ratings }, { k: items, exclude: "none" });
  const found = new Float64Array(items);
  for (const { item, score } of answer.items) found[Number(item)] = score;
  return found;
}

const round = (value: number, digits = 4) => Number(value.toFixed(digits));
const rmse = (errors: readonly number[]) => round(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length));

type Predict = (known: readonly Rating[]) => Promise<ArrayLike<number>>;

async function ratingErrors(left: Rows, predict: Predict): Promise<number[]> {
  const found: number[] = [];
  for (const count of COUNTS) {
    const errors: number[] = [];
    for (const [user, row] of left.entries()) {
      if (row.length <= count) continue;
      const order = drawn(row, user);
      const predicted = await predict(order.slice(0, count));
      for (const { item, value } of order.slice(count)) errors.push((predicted[item] ?? 0) - value);
    }
    found.push(rmse(errors));
  }
  return found;
}

/** λ = 10 on the item vectors and an intercept, around the average user's score. */
async function ridge(artifact: Artifact, engine: Engine, folding: FoldIn): Promise<Predict> {
  const count = artifact.items.length;
  const all = Int32Array.from({ length: count }, (_, item) => item);
  const average = await folding.fit({ items: new Int32Array(0), values: new Float32Array(0) });
  const base = folding.scores.scores([average.x], all);
  const plan = artifact.plans.itemVectors;
  const vectors = plan
    ? (engine.evaluate(plan, artifact.parameters, { item: all })["vector"] ?? new Float32Array())
    : new Float32Array();
  const [width, size] = [vectors.length / count, vectors.length / count + 1];
  const features = (item: number) => Float64Array.of(1, ...vectors.subarray(item * width, (item + 1) * width));
  return async (known) => {
    const [h, g] = [new Float64Array(size * size), new Float64Array(size)];
    for (let i = 0; i < size; i++) h[i * size + i] = 10;
    for (const { item, value } of known) {
      const x = features(item);
      for (let i = 0; i < size; i++) {
        g[i] = (g[i] ?? 0) + (value - (base[item] ?? 0)) * (x[i] ?? 0);
        for (let j = 0; j <= i; j++) h[i * size + j] = (h[i * size + j] ?? 0) + (x[i] ?? 0) * (x[j] ?? 0);
      }
    }
    const weights = solve(cholesky(h, size), g);
    return base.map((value, item) => value + features(item).reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0));
  };
}

function itemMeans(rows: Rows, items: number): Float64Array {
  const [sums, counts] = [new Float64Array(items), new Float64Array(items)];
  for (const { item, value } of rows.flat()) {
    sums[item] = (sums[item] ?? 0) + value;
    counts[item] = (counts[item] ?? 0) + 1;
  }
  const mean = sums.reduce((a, b) => a + b) / counts.reduce((a, b) => a + b);
  return sums.map((sum, item) => ((counts[item] ?? 0) > 0 ? sum / (counts[item] ?? 1) : mean));
}

/** NDCG@10 of the held-out items among those that the user has not met. */
function ndcg(found: Float64Array, met: readonly Rating[], held: readonly Rating[]): number {
  const banned = new Set(met.map(({ item }) => item));
  const relevant = new Set(held.map(({ item }) => item));
  const order = [...found.keys()].filter((item) => !banned.has(item));
  order.sort((a, b) => (found[b] ?? 0) - (found[a] ?? 0) || a - b);
  const gain = (place: number) => 1 / Math.log2(place + 2);
  const dcg = order.slice(0, 10).reduce((sum, item, place) => sum + (relevant.has(item) ? gain(place) : 0), 0);
  return dcg / held.reduce((sum, _, place) => sum + gain(place), 0);
}

async function rankings(
  left: Rows,
  ask: (known: readonly Rating[], user: number) => Promise<Float64Array>,
  counts: readonly number[],
) {
  const users = [...left.entries()].filter(([, row]) => row.length >= 55 + HELD_OUT);
  const found: number[] = [];
  for (const count of counts) {
    let sum = 0;
    for (const [user, row] of users) {
      const order = drawn(row, user);
      const rest = order.slice(HELD_OUT);
      sum += ndcg(await ask(rest.slice(0, count), user), rest, order.slice(0, HELD_OUT));
    }
    found.push(round(sum / users.length));
  }
  return found;
}

/** Mean loss of the first item's score without its first reason, without the most similar past item, without any one. */
async function reasons(left: Rows, recommender: Recommender, items: number) {
  const users = [...left.entries()].filter(([, row]) => row.length > PAST).slice(0, PROFILES);
  const sums = { reason: 0, similar: 0, random: 0, disliked: 0 };
  for (const [user, row] of users) {
    const past = drawn(row, user).slice(0, PAST);
    const ratings = new Map(past.map(({ item, value }) => [`${item}`, value]));
    const [best] = (await recommender.recommend({ ratings }, { k: 1, why: true })).items;
    const [first] = best?.why ?? [];
    if (!best || !first) continue;
    const scoreWithout = async (id?: string) =>
      (
        await scores(
          recommender,
          past.filter(({ item }) => `${item}` !== id),
          items,
        )
      )[Number(best.item)] ?? 0;
    const near = (await recommender.similar(best.item, { k: items - 1 })).items.find(({ item }) => ratings.has(item));
    const all = await scoreWithout();
    sums.reason += (all - (await scoreWithout(first.item))) / users.length;
    sums.similar += (all - (await scoreWithout(near?.item))) / users.length;
    sums.random += (all - (await scoreWithout(`${past[0]?.item}`))) / users.length;
    if ((ratings.get(first.item) ?? 5) <= 2) sums.disliked++;
  }
  return {
    ...Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, round(value)])),
    profiles: users.length,
  };
}

function print(name: string, what: string, values: readonly number[] | object): void {
  process.stdout.write(
    `${name.padEnd(16)} ${what.padEnd(14)} ${Array.isArray(values) ? values.join("  ") : JSON.stringify(values)}\n`,
  );
}

async function main(): Promise<void> {
  if (!existsSync(path)) throw new Error(`MovieLens 100K is not in ${path}: set PENCHANT_DATA`);
  const rows = read();
  const items = 1 + rows.flat().reduce((most, { item }) => Math.max(most, item), 0);
  const isLeft = (user: number) => user % 6 === 5;
  const [left, kept] = [rows.filter((_, user) => isLeft(user)), rows.filter((_, user) => !isLeft(user))];
  const engine = await loadEngine("native");
  const result: Record<string, Record<string, unknown>> = {};
  const note = (name: string, what: string, values: readonly number[] | object) => {
    result[name] = { ...result[name], [what]: values };
    print(name, what, values);
  };
  const means = itemMeans(kept, items);
  note("item means", "rmse", await ratingErrors(left, async () => means));
  for (const name of [...RATING, ...IMPLICIT]) {
    const artifact = await train(name, kept, items, engine);
    const folding = foldInOf({ engine, artifact, learning: learningOf(artifact.metadata) });
    if (!folding) throw new Error(`${name} has no user rows`);
    using recommender = createRecommender(artifact, engine);
    using raw = createRecommender(artifact, engine, { clip: false });
    if (RATING.includes(name)) {
      note(name, "rmse", await ratingErrors(left, (known) => scores(recommender, known, items)));
      note(name, "ridge", await ratingErrors(left, await ridge(artifact, engine, folding)));
    } else {
      note(name, "ndcg@10", await rankings(left, (known) => scores(raw, known, items), [...COUNTS, items]));
      const whole = rows.map((row, user) => {
        const among = isLeft(user) && row.length >= 55 + HELD_OUT;
        return among ? drawn(row, left.indexOf(row)).slice(HELD_OUT) : row;
      });
      using trained = createRecommender(await train(name, whole, items, engine), engine);
      const ofTrained = async (_: readonly Rating[], user: number) => {
        const found = new Float64Array(items);
        const answer = await trained.recommend(`u${rows.indexOf(left[user] ?? [])}`, { k: items, exclude: "none" });
        for (const { item, score } of answer.items) found[Number(item)] = score;
        return found;
      };
      note(name, "trained", await rankings(left, ofTrained, [items]));
    }
    note(name, "reasons", await reasons(left, raw, items));
  }
  if (!process.argv.includes("--no-record")) {
    const file = join(root, "bench", "quality", "fold-in.json");
    mkdirSync(join(root, "bench", "quality"), { recursive: true });
    writeFileSync(
      file,
      `${JSON.stringify({ name: "fold-in", data: "MovieLens 100K", counts: COUNTS, result }, null, 2)}\n`,
    );
  }
}

await main();
