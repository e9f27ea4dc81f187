import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";

/** Those of arrays that answers were made of: an array of ids is not changed, so that it need not be read twice. */
const known = new WeakMap<readonly string[], Ids>();

/** The ids by index, and the way back. The array must not change any more. */
export function idsOf(ids: readonly string[]): Ids {
  const found = known.get(ids) ?? new Ids(ids, new Map(ids.map((id, index) => [id, index])));
  known.set(ids, found);
  return found;
}

/** Raw ids by index, and the way back. */
export class Ids {
  readonly #ids: readonly string[];
  /** May know further ids, of those that follow: they share it. */
  readonly #indices: Map<string, number>;

  constructor(ids: readonly string[], indices: Map<string, number>) {
    this.#ids = ids;
    this.#indices = indices;
  }

  /** These ids and others, all distinct, as an array that `idsOf` knows: nothing is looked up anew. */
  followedBy(others: readonly string[]): readonly string[] {
    const all = this.#ids.concat(others);
    const isLast = this.#indices.size === this.size;
    const indices = isLast ? this.#indices : new Map(this.#ids.map((id, index) => [id, index]));
    for (const [i, id] of others.entries()) indices.set(id, this.size + i);
    known.set(all, new Ids(all, indices));
    return all;
  }

  /** Whether an index of the other ones stands for the same id here. */
  includes(other: Ids): boolean {
    return other.#indices === this.#indices && other.size <= this.size;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** The id of an index below `size`. */
  at(index: number): string {
    return this.#ids[index] as string;
  }

  indexOf(id: string): number | undefined {
    const index = this.#indices.get(id);
    return index !== undefined && index < this.size ? index : undefined;
  }

  /**
   * The known ids as indices, ascending and distinct; the same in their order, of those named more than once the last; the unknown
   * ones as they are.
   */
  resolve(ids: readonly string[]): {
    readonly known: Int32Array;
    readonly inOrder: Int32Array;
    readonly unknown: readonly string[];
  } {
    const known = new Set<number>();
    const unknown = new Set<string>();
    for (const id of ids) {
      const index = this.indexOf(id);
      if (index === undefined) unknown.add(id);
      else {
        known.delete(index);
        known.add(index);
      }
    }
    const inOrder = Int32Array.from(known);
    return { known: inOrder.toSorted(), inOrder, unknown: [...unknown] };
  }

  /** Throws DATA_ITEM_UNKNOWN with up to three ids that look alike. */
  requireItem(id: string): number {
    const index = this.indexOf(id);
    if (index !== undefined) return index;
    const close = this.#nearest(id, 3);
    return fail("DATA_ITEM_UNKNOWN", {
      what: `The run knows no item ${JSON.stringify(id)}`,
      received: id,
      fix: close.length > 0 ? `Did you mean ${close.map((each) => JSON.stringify(each)).join(" or ")}?` : undefined,
      details: { item: id, nearest: close },
    });
  }

  #nearest(id: string, count: number): string[] {
    const rest = new Set(this.#ids);
    const found: string[] = [];
    while (found.length < count) {
      const close = nearest(id, rest);
      if (close === undefined) break;
      rest.delete(close);
      found.push(close);
    }
    return found;
  }
}
