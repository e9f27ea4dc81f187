/** Whether reasons are the reasons: what the first item's score loses when a past item is taken away and the rest folded in again. */

import type { Recommender } from "./penchant.ts";
import { drawn, type Met, type NamedSet, type People } from "./people.ts";
import { round } from "./record.ts";
import { ratingsOf } from "./train.ts";

const PROFILES = 200;
/** A rating of this or less is no reason for anything. */
const DISLIKED = 2;

/** What may be a reason at all: not what the person rated below their own mean. */
function eligible(past: readonly Met[]): ReadonlySet<string> {
  const mean = past.reduce((sum, { value }) => sum + value, 0) / past.length;
  return new Set(past.filter(({ value }) => value >= mean - 1e-9).map(({ item }) => `${item}`));
}

export interface Reasons {
  readonly profiles: number;
  /** Mean loss without the first reason, and, of the items that may be one, without the most similar, without any one. */
  readonly reason: number;
  readonly similar: number;
  readonly random: number;
  /** Standard error of the mean of `reason - similar`. */
  readonly error: number;
  /** First reasons that the person disliked. */
  readonly disliked: number;
}

export async function reasonsOf(
  { rows, left, items }: People,
  { past: length, rated }: NamedSet,
  recommender: Recommender,
): Promise<Reasons> {
  const users = left.filter((user) => (rows[user]?.length ?? 0) > length).slice(0, PROFILES);
  const found: { reason: number; similar: number; random: number }[] = [];
  let disliked = 0;
  for (const user of users) {
    const past = drawn(rows[user] ?? [], user).slice(0, length);
    const ratings = ratingsOf(past);
    const [best] = (await recommender.recommend({ ratings }, { k: 1, why: true })).items;
    const first = best?.why?.[0]?.item;
    if (!best || first === undefined) continue;
    if (rated && (ratings.get(first) ?? 0) <= DISLIKED) disliked++;
    const may = eligible(past);
    const near = (await recommender.similar(best.item, { k: items - 1 })).items.find(({ item }) => may.has(item));
    const other = past.find(({ item }) => may.has(`${item}`));
    const scoreOf = await scoring(recommender, past, best.item);
    const [all, reason, similar, random] = [
      await scoreOf(),
      await scoreOf(first),
      await scoreOf(near?.item),
      await scoreOf(`${other?.item}`),
    ];
    found.push({ reason: all - reason, similar: all - similar, random: all - random });
  }
  const mean = (of: (each: (typeof found)[number]) => number) =>
    found.reduce((sum, each) => sum + of(each), 0) / found.length;
  const apart = mean(({ reason, similar }) => reason - similar);
  const spread = mean(({ reason, similar }) => (reason - similar - apart) ** 2);
  return {
    profiles: found.length,
    reason: round(mean(({ reason }) => reason)),
    similar: round(mean(({ similar }) => similar)),
    random: round(mean(({ random }) => random)),
    error: round(Math.sqrt(spread / found.length)),
    disliked,
  };
}

/** The item's score for somebody with this past, without the item named. */
async function scoring(recommender: Recommender, past: readonly Met[], candidate: string) {
  return async (without?: string): Promise<number> => {
    const ratings = ratingsOf(past.filter(({ item }) => `${item}` !== without));
    const answer = await recommender.recommend({ ratings }, { k: 1, exclude: "none", candidates: [candidate] });
    return answer.items[0]?.score ?? Number.NaN;
  };
}
