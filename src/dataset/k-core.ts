import { checkInteractions } from "../core/argument.ts";
import { degrees } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import type { Interactions } from "./interactions.ts";

export interface CoreSizes {
  /** Fewest interactions of a user that stays. Default 5. */
  readonly users?: number;
  /** Fewest interactions of an item that stays. Default 5. */
  readonly items?: number;
}

/**
 * The largest part in which every user and every item has at least that many interactions: users and items below are
 * removed in turns until none is left to remove. Removed ids leave the vocabularies. The result may be empty.
 */
export function kCore(
  interactions: Interactions,
  { users: minUser = 5, items: minItem = 5 }: CoreSizes = {},
): Interactions {
  checkInteractions(interactions, "kCore(interactions)");
  for (const [name, value] of Object.entries({ users: minUser, items: minItem })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      fail("CONFIG_VALUE", { what: name, expected: "an integer >= 1", received: String(value) });
    }
  }
  const { byUser, byItem } = interactions;
  const userCounts = degrees(byUser.offsets);
  const itemCounts = degrees(byItem.offsets);
  const goneUsers = new Uint8Array(userCounts.length);
  const goneItems = new Uint8Array(itemCounts.length);
  // a queue of what to remove: each removal can only push its neighbours below the bound, so the order does not matter
  const queue: number[] = [];
  const drop = (index: number, counts: Int32Array, gone: Uint8Array, least: number, code: number): void => {
    if (gone[index] === 1 || (counts[index] ?? 0) >= least) return;
    gone[index] = 1;
    queue.push(code);
  };
  for (let user = 0; user < userCounts.length; user++) drop(user, userCounts, goneUsers, minUser, user);
  for (let item = 0; item < itemCounts.length; item++) drop(item, itemCounts, goneItems, minItem, -1 - item);
  for (let code = queue.pop(); code !== undefined; code = queue.pop()) {
    const isUser = code >= 0;
    const { offsets, items } = isUser ? byUser : byItem;
    const row = isUser ? code : -1 - code;
    for (const other of items.subarray(offsets[row], offsets[row + 1])) {
      const counts = isUser ? itemCounts : userCounts;
      counts[other] = (counts[other] ?? 0) - 1;
      if (isUser) drop(other, itemCounts, goneItems, minItem, -1 - other);
      else drop(other, userCounts, goneUsers, minUser, other);
    }
  }
  return interactions.filter(({ user, item }) => goneUsers[user] === 0 && goneItems[item] === 0).compact();
}
