import type { Interactions } from "./interactions.ts";
import { mergeParts } from "./merge.ts";
import { together } from "./split/cold.ts";
import { isCold, type Split, TEST, TRAIN, VALIDATION } from "./split/split.ts";

/** Which values speak for an item, and which against it. */
export interface Judgement {
  /** Interactions of at least this value are likes, each counting as 1. Default: all that are no dislikes, with their values. */
  readonly likesFrom?: number | undefined;
  /** Interactions below this value are dislikes. Default 0, or `likesFrom` where that is less. */
  readonly dislikesBelow?: number | undefined;
}

/**
 * Likes and dislikes: what is neither is left out, and values below 0 are dislikes ever after (theirs where it is below 0, otherwise -1).
 * Without values, or where all of them are likes, nothing is a dislike.
 */
export function judge(interactions: Interactions, { likesFrom, ...rest }: Judgement): Interactions {
  const { dislikesBelow = Math.min(0, likesFrom ?? 0) } = rest;
  const { values } = interactions.byUser;
  const isLiked = (value: number): boolean => (likesFrom === undefined ? !(value < dislikesBelow) : value >= likesFrom);
  if (!values?.some((value) => value < dislikesBelow)) {
    if (likesFrom === undefined) return interactions;
    return (values ? interactions.filter(({ value }) => isLiked(value)) : interactions).withValues(undefined);
  }
  const judged = interactions.filter(({ value }) => value < dislikesBelow || isLiked(value));
  const sign = (value: number): number => {
    if (isLiked(value)) return likesFrom === undefined ? value : 1;
    return value < 0 ? value : -1;
  };
  return judged.withValues(judged.byUser.values?.map(sign));
}

/** Likes, and the others, whose values are below 0; both of the same users and items. */
export function likesApart(interactions: Interactions): readonly [likes: Interactions, dislikes: Interactions] {
  const part = Uint8Array.from(interactions.byUser.values ?? [], (value) => (value < 0 ? 1 : 0));
  if (!part.includes(1)) return [interactions, interactions.filter(() => false)];
  return interactions.partition(part, 2) as [Interactions, Interactions];
}

/**
 * Splits likes with `make`, so that what is held out to be foretold is liked, and puts each dislike into the part that it may be known in: where the
 * split goes by time, with what was held out since; where it holds out whole items or users, with theirs; otherwise into training.
 */
export function splitLikes(interactions: Interactions, make: (likes: Interactions) => Split): Split {
  const [likes, dislikes] = likesApart(interactions);
  if (dislikes.size === 0) return make(interactions);
  const split = make(likes);
  const part = new Uint8Array(dislikes.size);
  const placeOf = placing(split);
  let at = 0;
  for (const { user, item, time } of dislikes) {
    const place = placeOf(user, item, time);
    part[at++] = place === VALIDATION && !split.validation ? TEST : place;
  }
  const [train, validation, test] = dislikes.partition(part, 3) as [Interactions, Interactions, Interactions];
  return {
    ...split,
    train: mergeParts(split.train, train),
    ...(split.validation && { validation: mergeParts(split.validation, validation) }),
    test: mergeParts(split.test, test),
  };
}

type Placing = (user: number, item: number, time: number) => number;

function placing(split: Split): Placing {
  const { kind, test, validation } = split;
  if (isCold(kind)) {
    const sides = { "cold-item": ["item"], "cold-user": ["user"], "cold-both": ["user", "item"] } as const;
    const placeOf = Object.fromEntries(sides[kind].map((side) => [side, placingOf(split, side)]));
    return (user, item) => together(placeOf["user"]?.(user), placeOf["item"]?.(item));
  }
  if (kind === "ratio" || kind === "k-fold" || kind === "none" || !test.byUser.times) return () => TRAIN;
  const [tested, validated] = [beginnings(test, kind === "time"), beginnings(validation, kind === "time")];
  return (user, _, time) =>
    time >= (tested[user] as number) ? TEST : time >= (validated[user] as number) ? VALIDATION : TRAIN;
}

/** Where what is held out of one side goes. */
function placingOf({ test, validation }: Split, side: "user" | "item"): (id: number) => number {
  const idsOf = (part: Interactions | undefined) => new Set([...(part ?? [])].map((entry) => entry[side]));
  const [tested, validated] = [idsOf(test), idsOf(validation)];
  return (id) => (tested.has(id) ? TEST : validated.has(id) ? VALIDATION : TRAIN);
}

/** When what is held out of each user begins, or of everybody; Infinity where nothing is. */
function beginnings(part: Interactions | undefined, ofAll: boolean): Float64Array {
  const first = new Float64Array(part?.users.size ?? 0).fill(Number.POSITIVE_INFINITY);
  for (const { user, time } of part ?? []) first[user] = Math.min(first[user] as number, time);
  return ofAll ? first.fill(first.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)) : first;
}
