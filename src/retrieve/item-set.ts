import { fail } from "../core/errors.ts";
import { idTexts } from "../core/id.ts";
import { union } from "../core/sorted.ts";
import type { Ids } from "./ids.ts";
import type { Id } from "./types.ts";

/** Some items of one recommender, looked up once and used for many answers: `recommender.itemSet`, `recommender.itemsWhere`. */
export class ItemSet {
  /** Of whom the indices are. */
  readonly owner: Ids;
  /** Ascending and distinct. */
  readonly indices: Int32Array;

  constructor(owner: Ids, indices: Int32Array) {
    this.owner = owner;
    this.indices = indices;
  }

  get size(): number {
    return this.indices.length;
  }

  /** The items of both. Throws CONFIG_VALUE where the other one is of another recommender. */
  with(other: ItemSet): ItemSet {
    return new ItemSet(this.owner, union(this.indices, indicesOf(other, this.owner, "The other set").known));
  }
}

/** Indices of a set or a list, and what of the list is not known. Throws DATA_ID, CONFIG_VALUE for a set of another recommender. */
export function indicesOf(
  items: readonly Id[] | ItemSet,
  ids: Ids,
  what: string,
): { readonly known: Int32Array; readonly unknown: readonly string[] } {
  if (!(items instanceof ItemSet)) return ids.resolve(idTexts(items, what));
  if (ids.includes(items.owner)) return { known: items.indices, unknown: [] };
  return fail("CONFIG_VALUE", {
    what: `${what} is a set of items of another recommender`,
    fix: "Make it with itemSet or itemsWhere of the one that is asked.",
  });
}
