import { rowOf } from "../core/csr.ts";
import { hash, STREAM, unit } from "../core/random.ts";
import { nthMissing } from "../core/sorted.ts";
import { choose } from "./choose.ts";
import { leftOut } from "./item-scores.ts";
import { inDrawnOrder } from "./ties.ts";
import type { ScoreSource } from "./types.ts";

/**
 * A scorer that knows nothing: each pair's score is a hash of (seed, user, item). A uniformly random order needs no scores,
 * so `ranks` draws the places of the targets and `topK` draws the list, both in time independent of the catalogue.
 */
export function randomScores(seed: number, itemCount: number): ScoreSource {
  const score = (user: number, item: number) => unit(hash(seed, STREAM.ties, user, item));
  return {
    score: async (users, items) => Float32Array.from(items, (item, i) => score(users[i] as number, item)),
    topK: async ({ users, k, exclude }) => {
      const items = new Int32Array(users.length * k).fill(-1);
      for (const [row, user] of users.entries()) {
        const excluded = exclude ? rowOf(exclude, row) : new Int32Array(0);
        const drawn = choose(k, itemCount - excluded.length, (i) => hash(seed, STREAM.candidates, user, i));
        const list = drawn.map((nth) => nthMissing(excluded, nth));
        items.set(
          list.sort((a, b) => score(user, b) - score(user, a) || a - b),
          row * k,
        );
      }
      const scoreAt = (item: number, place: number) => score(users[Math.floor(place / k)] as number, item);
      return { items, scores: Float32Array.from(items, (item, i) => (item < 0 ? -Infinity : scoreAt(item, i))) };
    },
    ranks: async ({ users, targets, exclude }) => {
      const greater = new Int32Array(targets.items.length);
      const candidates = new Int32Array(users.length);
      for (const [row, user] of users.entries()) {
        const from = targets.offsets[row] as number;
        const count = (targets.offsets[row + 1] as number) - from;
        candidates[row] = itemCount - leftOut(row, targets, exclude).length;
        const places = choose(count, candidates[row] as number, (i) => hash(seed, STREAM.candidates, user, i));
        const own = rowOf(targets, row);
        for (const [i, target] of inDrawnOrder(Array.from(own.keys()), own, { user, seed }).entries()) {
          greater[from + target] = places[i] as number;
        }
      }
      return { greater, equal: new Int32Array(greater.length), candidates };
    },
  };
}
