import { rowOf, transpose } from "../core/csr.ts";
import type { Csr } from "../engine/contract.ts";

/**
 * How alike two items are by who met them in training: |A ∩ B| / √(|A| · |B|) for the sets A and B of their users, the cosine
 * of the two columns of the interaction matrix; in [0, 1]. For models that have no vectors to compare.
 */
export class CoOccurrence {
  readonly #byUser: Csr;
  readonly #byItem: Csr;
  readonly #itemCount: number;

  constructor(history: Csr, itemCount: number) {
    this.#byUser = history;
    this.#byItem = transpose({ offsets: history.offsets, items: history.items, columns: itemCount });
    this.#itemCount = itemCount;
  }

  /** Similarity of one item to every item, itself included. */
  toAll(item: number): Float32Array {
    const shared = new Float32Array(this.#itemCount);
    const users = rowOf(this.#byItem, item);
    for (const user of users) {
      for (const other of rowOf(this.#byUser, user)) shared[other] = (shared[other] as number) + 1;
    }
    return shared.map((count, other) => (count === 0 ? 0 : count / Math.sqrt(users.length * this.#users(other))));
  }

  /** Similarity of one item to each of the others. */
  with(item: number, others: Int32Array): Float32Array {
    const all = this.toAll(item);
    return Float32Array.from(others, (other) => all[other] as number);
  }

  #users(item: number): number {
    return (this.#byItem.offsets[item + 1] as number) - (this.#byItem.offsets[item] as number);
  }
}
