import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DataSet } from "../data/dataset.ts";
import { below, hash, STREAM } from "../penchant.ts";
import { SEED } from "./specs.ts";

/** Vectors of users and of items, `width` numbers each; the score of a pair is their inner product. */
export interface Vectors {
  readonly user: Float32Array;
  readonly item: Float32Array;
  readonly width: number;
}

function score({ user, item, width }: Vectors, u: number, i: number): number {
  let sum = 0;
  for (let f = 0; f < width; f++) sum += (user[u * width + f] ?? 0) * (item[i * width + f] ?? 0);
  return sum;
}

/** Vectors from factors and, where there are, biases: two more columns each, (bias, 1) and (1, bias). */
export function withBiases(
  factors: { readonly user: Float32Array; readonly item: Float32Array; readonly width: number },
  { user, item }: { readonly user?: Float32Array; readonly item?: Float32Array },
): Vectors {
  const width = factors.width + 2;
  const extend = (values: Float32Array, columns: (row: number) => [number, number]) => {
    const rows = values.length / factors.width;
    const extended = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      extended.set(values.subarray(row * factors.width, (row + 1) * factors.width), row * width);
      extended.set(columns(row), row * width + factors.width);
    }
    return extended;
  };
  return {
    user: extend(factors.user, (row) => [user?.[row] ?? 0, 1]),
    item: extend(factors.item, (row) => [1, item?.[row] ?? 0]),
    width,
  };
}

/** Vectors that a peer left in the shared folder. */
export function readVectors(folder: string, width: number): Vectors {
  const read = (name: string) => {
    const bytes = readFileSync(join(folder, `${name}.f32`));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  return { user: read("peer.user"), item: read("peer.item"), width };
}

/** How often a held-out item stands above an unknown one of the same user (area under the curve), over 20 draws each. */
export function heldOutAuc({ items, train, test }: DataSet, vectors: Vectors, draws = 20): number {
  let [above, pairs] = [0, 0];
  for (const [row, user] of test.users.entries()) {
    const target = test.items[row] ?? 0;
    const seen = new Set(train.items.subarray(train.offsets[user], train.offsets[user + 1])).add(target);
    const own = score(vectors, user, target);
    for (let draw = 0; draw < draws; draw++) {
      const other = below(hash(SEED, STREAM.candidates, user, draw), items);
      if (seen.has(other)) continue;
      const difference = own - score(vectors, user, other);
      above += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
      pairs++;
    }
  }
  return above / pairs;
}

/** NDCG@10 of the held-out items among all that are unknown: 1 / log2(place + 2) of those that fewer than ten stand above, full ranking. */
export function heldOutNdcg({ items, train, test }: DataSet, vectors: Vectors): number {
  let sum = 0;
  for (const [row, user] of test.users.entries()) {
    const known = new Set(train.items.subarray(train.offsets[user], train.offsets[user + 1]));
    const own = score(vectors, user, test.items[row] ?? 0);
    let above = 0;
    for (let item = 0; item < items && above < 10; item++)
      if (!known.has(item) && score(vectors, user, item) > own) above++;
    if (above < 10) sum += 1 / Math.log2(above + 2);
  }
  return sum / test.users.length;
}

/** Root mean squared error on the held-out ratings. */
export function heldOutRmse({ test }: DataSet, vectors: Vectors, mean: number): number {
  let sum = 0;
  for (const [row, user] of test.users.entries()) {
    const error = (test.values[row] ?? 0) - mean - score(vectors, user, test.items[row] ?? 0);
    sum += error * error;
  }
  return Math.sqrt(sum / test.users.length);
}
