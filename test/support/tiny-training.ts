import { below, hash } from "../../src/core/random.ts";
import type { Csr } from "../../src/engine/contract.ts";
import { defineModel } from "../../src/nn/model.ts";
import type { TrainingData } from "../../src/train/inputs/data.ts";

/** Rows of item indices (and values) as training data; ids are `u0`, `i0` … */
export function dataOf(rows: readonly (readonly number[])[], items: number, values?: readonly number[]): TrainingData {
  const offsets = new Int32Array(rows.length + 1);
  for (const [user, row] of rows.entries()) offsets[user + 1] = (offsets[user] ?? 0) + row.length;
  const byUser: Csr = {
    offsets,
    items: Int32Array.from(rows.flatMap((row) => [...row].sort((a, b) => a - b))),
    ...(values && { values: Float32Array.from(values) }),
  };
  const itemCounts = new Float32Array(items);
  for (const item of byUser.items) itemCounts[item] = (itemCounts[item] ?? 0) + 1;
  const meanValue = values ? values.reduce((a, b) => a + b, 0) / Math.max(1, values.length) : 1;
  return {
    users: { size: rows.length, id: (index) => `u${index}` },
    items: { size: items, id: (index) => `i${index}` },
    byUser,
    catalog: () => ({ users: rows.length, items, meanValue, itemCounts }),
  };
}

export interface Club {
  readonly train: TrainingData;
  readonly validation: TrainingData;
}

/** Two circles of taste: even users like even items. Each user has `liked` items; one of them is held out. */
export function club(users = 24, items = 40, liked = 8): Club {
  const rows = Array.from({ length: users }, (_, user) => {
    const own = new Set<number>();
    for (let i = 0; own.size < liked; i++) own.add(2 * below(hash(11, user, i), items / 2) + (user % 2));
    return [...own];
  });
  return {
    train: dataOf(
      rows.map((row) => row.slice(1)),
      items,
    ),
    validation: dataOf(
      rows.map((row) => row.slice(0, 1)),
      items,
    ),
  };
}

/** Ratings from 1 to 5 by taste: high for items of the user's circle. */
export function ratedClub(users = 20, items = 16): Club {
  const isHeldOut = (user: number, item: number) => (Math.floor(user / 2) + Math.floor(item / 2)) % 4 === 3;
  const part = (heldOut: boolean) => {
    const rows = Array.from({ length: users }, (_, user) =>
      Array.from({ length: items }, (_, item) => item).filter((item) => isHeldOut(user, item) === heldOut),
    );
    const values = rows.flatMap((row, user) => row.map((item) => (item % 2 === user % 2 ? 5 : 1)));
    return dataOf(rows, items, values);
  };
  return { train: part(false), validation: part(true) };
}

const init = { kind: "normal", stddev: 0.1 } as const;

/** Product of factors through a linear head. */
export const pointwiseModel = defineModel({
  name: "tiny-pointwise",
  build({ users, items }, _, nn) {
    const product = nn.mul(nn.embed(users.id, 4, { name: "p", init }), nn.embed(items.id, 4, { name: "q", init }));
    return nn.squeezeLast(nn.dense("head", 1)(product));
  },
});

/** A tower with batch normalization and dropout: statistics and masks belong to what a checkpoint must carry. */
export const normalizedModel = defineModel({
  name: "tiny-normalized",
  build({ users, items }, _, nn) {
    const pair = nn.concat(nn.embed(users.id, 4, { name: "p", init }), nn.embed(items.id, 4, { name: "q", init }));
    const layers = nn.tower("mlp", [6, 4], { activation: "relu", dropout: 0.2, batchNormalization: true });
    return nn.squeezeLast(nn.dense("head", 1)(layers(pair)));
  },
});

export const pairwiseModel = defineModel({
  name: "tiny-pairwise",
  task: "pairwise",
  training: { negatives: 2, learningRate: 0.05 },
  build: ({ users, items }, _, nn) =>
    nn.dot(nn.embed(users.id, 4, { name: "p", init }), nn.embed(items.id, 4, { name: "q", init })),
});

export const ratingModel = defineModel({
  name: "tiny-rating",
  task: "rating",
  build({ users, items }, _, nn) {
    const [p, q] = [nn.embed(users.id, 2, { name: "p", init }), nn.embed(items.id, 2, { name: "q", init })];
    return nn.add(nn.dot(p, q), nn.bias(items.id, { name: "b", init: { kind: "constant", value: 3 } }));
  },
});

export const untrainedModel = defineModel({
  name: "tiny-untrained",
  task: "none",
  build: ({ items }, _, nn) =>
    nn.squeezeLast(nn.gather(nn.param("counts", [items.size, 1], { kind: "data", name: "itemCounts" }), items.id)),
});

/** User u began at item u of a ring and went on to the next one, so many times; in order of time. */
export function ring(users: number, items: number, events: number): TrainingData {
  const rows = Array.from({ length: users }, (_, user) =>
    Array.from({ length: events }, (_event, place) => ({ item: (user + place) % items, place })),
  );
  const data = dataOf(
    rows.map((row) => row.map(({ item }) => item)),
    items,
  );
  const sorted = rows.flatMap((row) => row.toSorted((a, b) => a.item - b.item));
  return { ...data, byUser: { ...data.byUser, times: Float64Array.from(sorted, ({ place }) => place) } };
}
