/**
 * Newcomers to models of ratings are answered at least as well as by a ridge around the average user, λ = 10, on the same item vectors:
 * that is what anybody would write who has the run's vectors and nothing else. Made-up ratings of tastes with noise; what real
 * people's say is in docs/newcomers.md.
 */
import { describe, expect, test } from "vitest";
import type { Artifact } from "../../src/artifact/index.ts";
import { hash, normal, unit } from "../../src/core/random.ts";
import type { Engine } from "../../src/engine/contract.ts";
import { modelNamed } from "../../src/models/index.ts";
import { type FoldIn, foldInOf } from "../../src/retrieve/fold-in.ts";
import { createRecommender } from "../../src/retrieve/index.ts";
import { learningOf } from "../../src/retrieve/learning.ts";
import { cholesky, dot, solve } from "../../src/retrieve/symmetric.ts";
import { toArtifact, fit as train } from "../../src/train/index.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { dataOf } from "../support/tiny-training.ts";

const [USERS, NEWCOMERS, ITEMS, RATED, TASTES] = [240, 40, 120, 70, 4] as const;
const COUNTS = [1, 5, 10, 20, 50];

const trait = (kind: number, id: number, k = 0): number => normal(5, kind, id, k);

function ratingOf(user: number, item: number): number {
  let value = 3.5 + 0.3 * trait(1, user) + 0.4 * trait(2, item) + 0.7 * normal(5, 3, user, item);
  for (let k = 0; k < TASTES; k++) value += 0.35 * trait(4, user, k) * trait(5, item, k);
  return Math.min(5, Math.max(1, Math.round(value)));
}

interface Met {
  readonly item: number;
  readonly value: number;
}

/** What a user has rated, in an order of their own. */
function ratingsOf(user: number): Met[] {
  const order = Array.from({ length: ITEMS }, (_, item) => item);
  order.sort((a, b) => unit(hash(5, 6, user, a)) - unit(hash(5, 6, user, b)));
  return order.slice(0, RATED).map((item) => ({ item, value: ratingOf(user, item) }));
}

async function trained(name: string, engine: Engine): Promise<Artifact> {
  const rows = Array.from({ length: USERS }, (_, user) => ratingsOf(user).sort((a, b) => a.item - b.item));
  const data = dataOf(
    rows.map((row) => row.map(({ item }) => item)),
    ITEMS,
    rows.flatMap((row) => row.map(({ value }) => value)),
  );
  const small = { factors: 8, hidden: [16, 8], width: 16, blocks: 1 };
  const factory = modelNamed(name);
  const options = Object.entries(small).filter(([option]) => option in factory.definition.options);
  const fast = { epochs: 30, learningRate: 0.01 } as const;
  const run = await train(factory(Object.fromEntries(options)), data, { engine, progress: "none", ...fast });
  return toArtifact(run, data, { split: { kind: "none" } });
}

type Predict = (known: readonly Met[]) => Promise<ArrayLike<number>>;

/** Of newcomers' other ratings, with the first so many known. */
async function rmse(predict: Predict, count: number): Promise<number> {
  let [squares, number] = [0, 0];
  for (let user = USERS; user < USERS + NEWCOMERS; user++) {
    const ratings = ratingsOf(user);
    const predicted = await predict(ratings.slice(0, count));
    for (const { item, value } of ratings.slice(count)) {
      squares += ((predicted[item] as number) - value) ** 2;
      number++;
    }
  }
  return Math.sqrt(squares / number);
}

/** λ = 10 on the item vectors and an intercept, for what the average user's score leaves. */
async function ridge(artifact: Artifact, engine: Engine, folding: FoldIn): Promise<Predict> {
  const all = Int32Array.from({ length: ITEMS }, (_, item) => item);
  const average = await folding.fit({ items: new Int32Array(0), values: new Float32Array(0) });
  const base = await folding.scores.scores([average.x], all);
  const plan = artifact.plans.itemVectors;
  const found = plan && (await engine.evaluate(plan, artifact.parameters, { item: all }))["vector"];
  const vectors = found ?? new Float32Array(0);
  const [width, size] = [vectors.length / ITEMS, vectors.length / ITEMS + 1];
  const features = (item: number) => Float64Array.of(1, ...vectors.subarray(item * width, (item + 1) * width));
  return async (known) => {
    const h = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 10 : 0));
    const g = new Float64Array(size);
    for (const { item, value } of known) {
      const x = features(item);
      for (let i = 0; i < size; i++) {
        g[i] = (g[i] as number) + (value - (base[item] as number)) * (x[i] as number);
        for (let j = 0; j <= i; j++)
          h[i * size + j] = (h[i * size + j] as number) + (x[i] as number) * (x[j] as number);
      }
    }
    const weights = solve(cholesky(h, size), g);
    return base.map((value, item) => value + dot(weights, features(item)));
  };
}

const native = await nativeEngine();
const why = native.engine ? "" : ` (${native.reason})`;

describe.skipIf(!native.engine)(`newcomers to models of ratings${why}`, () => {
  const engine = native.engine as Engine;
  test.each(["biased-mf", "ncf-regression", "residual-hybrid", "weighted-hybrid"])(
    "%s: no worse than a ridge",
    async (name) => {
      const artifact = await trained(name, engine);
      const folding = foldInOf({ engine, artifact, learning: learningOf(artifact.metadata) }) as FoldIn;
      using recommender = createRecommender(artifact, engine, { clip: false });
      const ours: Predict = async (known) => {
        const ratings = new Map(known.map(({ item, value }) => [`i${item}`, value]));
        const { items } = await recommender.recommend({ ratings }, { k: ITEMS, exclude: "none" });
        const found = new Float64Array(ITEMS);
        for (const { item, score } of items) found[Number(item.slice(1))] = score;
        return found;
      };
      const other = await ridge(artifact, engine, folding);
      const [first, last] = [await rmse(ours, 1), await rmse(ours, 50)];
      for (const count of COUNTS) {
        const [own, theirs] = [await rmse(ours, count), await rmse(other, count)];
        expect(own, `${count} known`).toBeLessThanOrEqual(theirs);
      }
      expect(last).toBeLessThan(first);
    },
  );
});
