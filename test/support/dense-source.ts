import type { Csr } from "../../src/core/csr.ts";
import type { Part, ScoreSource } from "../../src/evaluate/types.ts";

/** Rows from plain arrays; `values` are optional, in the same layout. */
export function rowsOf(lists: readonly (readonly number[])[], values?: readonly (readonly number[])[]): Csr {
  const offsets = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) offsets[i + 1] = (offsets[i] ?? 0) + list.length;
  const items = Int32Array.from(lists.flat());
  return values ? { offsets, items, values: Float32Array.from(values.flat()) } : { offsets, items };
}

/** A part of a data set from plain arrays. */
export function partOf(
  lists: readonly (readonly number[])[],
  itemCount: number,
  values?: readonly (readonly number[])[],
): Part {
  return { byUser: rowsOf(lists, values), users: { size: lists.length }, items: { size: itemCount } };
}

/** The definition of a scorer, from a function of the pair: everything is computed by looking at every item. */
export function denseSource(itemCount: number, scoreOf: (user: number, item: number) => number): ScoreSource {
  const score = (user: number, item: number) => Math.fround(scoreOf(user, item));
  const allowed = (exclude: Csr | undefined, row: number) => {
    const banned = new Set(exclude?.items.subarray(exclude.offsets[row], exclude.offsets[row + 1]));
    return Array.from({ length: itemCount }, (_, item) => item).filter((item) => !banned.has(item));
  };
  return {
    score: async (users, items) => Float32Array.from(items, (item, i) => score(users[i] ?? -1, item)),
    topK: async ({ users, k, exclude }) => {
      const lists = Array.from(users, (user, row) => {
        const sorted = allowed(exclude, row).sort((a, b) => score(user, b) - score(user, a) || a - b);
        return Array.from({ length: k }, (_, place) => sorted[place] ?? -1);
      });
      const scores = lists.flatMap((list, row) =>
        list.map((item) => (item < 0 ? -Infinity : score(users[row] ?? -1, item))),
      );
      return { items: Int32Array.from(lists.flat()), scores: Float32Array.from(scores) };
    },
    ranks: async ({ users, targets, exclude }) => {
      const greater = new Int32Array(targets.items.length);
      const equal = new Int32Array(targets.items.length);
      const candidates = new Int32Array(users.length);
      for (const [row, user] of users.entries()) {
        const own = targets.items.subarray(targets.offsets[row], targets.offsets[row + 1]);
        const list = [...new Set([...allowed(exclude, row), ...own])];
        candidates[row] = list.length;
        for (const [i, target] of own.entries()) {
          const at = (targets.offsets[row] ?? 0) + i;
          greater[at] = list.filter((item) => score(user, item) > score(user, target)).length;
          equal[at] = list.filter((item) => item !== target && score(user, item) === score(user, target)).length;
        }
      }
      return { greater, equal, candidates };
    },
  };
}
