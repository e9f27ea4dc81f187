import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";

/** Raw ids by index, and the way back. */
export class Ids {
  readonly #ids: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  constructor(ids: readonly string[]) {
    this.#ids = ids;
    this.#indices = new Map(ids.map((id, index) => [id, index]));
  }

  get size(): number {
    return this.#ids.length;
  }

  /** The id of an index below `size`. */
  at(index: number): string {
    return this.#ids[index] as string;
  }

  indexOf(id: string): number | undefined {
    return this.#indices.get(id);
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
      const index = this.#indices.get(id);
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
    const index = this.#indices.get(id);
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
