import { hash, normal, STREAM, unit } from "../penchant.ts";
import { type DataSet, type Event, split } from "./dataset.ts";

/** The shape of MovieLens 1M: users, items, ratings; no user has fewer ratings than `fewest`. */
const shape = { users: 6040, items: 3706, ratings: 1_000_209, fewest: 20 };

/** Spread of users' activity (log-normal) and slope of items' popularity (Zipf-Mandelbrot), fitted by eye to the original. */
const activity = 1.05;
const popularity = { slope: 2, offset: 400 };

const draw = (...words: number[]): number => unit(hash(7, STREAM.synthetic, ...words));

/** Made-up ratings of the same shape, for machines without the original: skewed as it is, with tastes that can be learned. */
export function synthetic({ users, items, ratings, fewest } = shape): DataSet {
  const counts = activities(users, items, ratings, fewest);
  const cumulative = popularities(items);
  const byUser = counts.map((count, user) => eventsOf(user, count, cumulative));
  return split("synthetic data of MovieLens 1M's shape", users, items, byUser);
}

/** Ratings per user, adding up to `total`. */
function activities(users: number, items: number, total: number, fewest: number): number[] {
  const weights = Array.from({ length: users }, (_, user) => Math.exp(activity * normal(7, STREAM.synthetic, 1, user)));
  const spare = (total - users * fewest) / weights.reduce((a, b) => a + b, 0);
  const most = Math.floor(items * 0.6);
  const counts = weights.map((weight) => Math.min(most, fewest + Math.floor(weight * spare)));
  let missing = total - counts.reduce((a, b) => a + b, 0);
  for (let user = 0; missing > 0; user = (user + 1) % users) {
    if ((counts[user] ?? most) >= most) continue;
    counts[user] = (counts[user] ?? 0) + 1;
    missing--;
  }
  return counts;
}

/** Cumulative shares of the items, most popular first. */
function popularities(items: number): Float64Array {
  const cumulative = Float64Array.from({ length: items }, (_, rank) => (rank + popularity.offset) ** -popularity.slope);
  for (let i = 1; i < items; i++) cumulative[i] = (cumulative[i] ?? 0) + (cumulative[i - 1] ?? 0);
  return cumulative.map((sum) => sum / (cumulative.at(-1) ?? 1));
}

function eventsOf(user: number, count: number, cumulative: Float64Array): Event[] {
  const chosen = new Set<number>();
  for (let attempt = 0; chosen.size < count; attempt++) chosen.add(rank(cumulative, draw(2, user, attempt)));
  return Array.from(chosen, (item) => ({ user, item, value: rating(user, item) }));
}

/** First item whose cumulative share exceeds u. */
function rank(cumulative: Float64Array, u: number): number {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 1) > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** 1 to 5: mean, leanings of user and item, two shared tastes, noise. */
function rating(user: number, item: number): number {
  const trait = (kind: number, id: number) => normal(7, STREAM.synthetic, kind, id);
  const taste = trait(5, user) * trait(6, item) + trait(7, user) * trait(8, item);
  const value = 3.6 + 0.4 * trait(3, user) + 0.5 * trait(4, item) + 0.35 * taste;
  return Math.min(5, Math.max(1, Math.round(value + 0.8 * normal(7, STREAM.synthetic, 9, user, item))));
}
