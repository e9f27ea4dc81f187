import type { Interactions } from "./interactions.ts";
import type { Split } from "./split/split.ts";

/** What a split lets a model know before the moment that it is to foretell. Plain JSON. */
export interface SplitKnowledge {
  readonly split: Split["kind"];
  readonly train: number;
  readonly test: number;
  /** Users with something in the test. */
  readonly users: number;
  /**
   * Of a tested interaction, the mean share (of all training interactions, whoever's) that happened after it. Absent without times.
   */
  readonly future?: number;
  /** Tested interactions at a moment at which training has one of the same user: times do not tell their order. Absent without times. */
  readonly sameMoment?: number;
  /** Tested interactions with an item that nobody has in training. */
  readonly newItems: number;
  /** Tested interactions of users who have nothing in training. */
  readonly newUsers: number;
}

/** Counts it: one look at every interaction. */
export function knowledgeOf({ kind, train, test }: Pick<Split, "kind" | "train" | "test">): SplitKnowledge {
  const known = Float64Array.from(train.byUser.times ?? [])
    .filter((time) => !Number.isNaN(time))
    .sort();
  const isTimed = known.length > 0 && test.byUser.times !== undefined;
  const { offsets } = train.byUser;
  const learned = new Uint8Array(train.items.size);
  for (const item of train.byUser.items) learned[item] = 1;
  const users = new Set<number>();
  let [later, timed, sameMoment, newItems, newUsers] = [0, 0, 0, 0, 0];
  for (const { user, item, time } of test) {
    users.add(user);
    if (learned[item] === 0) newItems++;
    if (offsets[user] === offsets[user + 1]) newUsers++;
    if (!isTimed || Number.isNaN(time)) continue;
    timed++;
    later += known.length - until(known, time);
    if (momentsOf(train, user).includes(time)) sameMoment++;
  }
  return {
    ...{ split: kind, train: train.size, test: test.size, users: users.size },
    ...(timed > 0 && { future: later / timed / known.length, sameMoment }),
    ...{ newItems, newUsers },
  };
}

const momentsOf = ({ byUser: { offsets, times } }: Interactions, user: number): Float64Array =>
  times?.subarray(offsets[user], offsets[user + 1]) ?? new Float64Array(0);

/** How many of the ascending times are not after this one. */
function until(times: Float64Array, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
