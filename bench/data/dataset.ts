import type { Catalog, Csr } from "../penchant.ts";

/** One (user, item, value) that was kept out of training per user. */
export interface HeldOut {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array;
}

/** What every benchmark works on: the interactions of MovieLens 1M, or made-up ones of the same shape. */
export interface DataSet {
  readonly name: string;
  readonly users: number;
  readonly items: number;
  /** Training interactions with their ratings. */
  readonly train: Csr & { readonly values: Float32Array };
  readonly test: HeldOut;
}

export interface Event {
  readonly user: number;
  readonly item: number;
  readonly value: number;
}

/** Events in time order per user → all but each user's last one to learn from, the last one to test. */
export function split(name: string, users: number, items: number, byUser: readonly (readonly Event[])[]): DataSet {
  const test: Event[] = [];
  const offsets = new Int32Array(users + 1);
  const rows = byUser.map((events, user) => {
    const last = events.at(-1);
    if (last) test.push(last);
    const row = events.slice(0, -1).toSorted((a, b) => a.item - b.item);
    offsets[user + 1] = (offsets[user] ?? 0) + row.length;
    return row;
  });
  const train = rows.flat();
  return {
    name: `${name}: ${users} users x ${items} items, ${train.length} interactions to learn from`,
    users,
    items,
    train: { offsets, items: Int32Array.from(train, (e) => e.item), values: Float32Array.from(train, (e) => e.value) },
    test: {
      users: Int32Array.from(test, (e) => e.user),
      items: Int32Array.from(test, (e) => e.item),
      values: Float32Array.from(test, (e) => e.value),
    },
  };
}

export function catalogOf({ users, items, train }: DataSet): Catalog {
  const itemCounts = new Float32Array(items);
  for (const item of train.items) itemCounts[item] = (itemCounts[item] ?? 0) + 1;
  return { users, items, meanValue: train.values.reduce((a, b) => a + b, 0) / train.values.length, itemCounts };
}
