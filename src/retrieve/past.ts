import type { Artifact, History } from "../artifact/types.ts";
import { rowOf } from "../core/csr.ts";
import { union } from "../core/sorted.ts";
import type { KnownItems } from "./fold-in.ts";

/** What a run notes of its users: what it learned from, and what else they are known to have met. */
export class Pasts {
  readonly #history: History;
  readonly #sequence: History | undefined;
  readonly #unlearned: History | undefined;

  constructor({ history, unlearned, matrices }: Pick<Artifact, "history" | "unlearned" | "matrices">) {
    this.#history = history;
    this.#sequence = matrices?.["sequence"];
    this.#unlearned = unlearned;
  }

  /** Training items of a user, with what was learned from each. */
  learned(user: number): KnownItems {
    const items = rowOf(this.#history, user);
    const from = this.#history.offsets[user] as number;
    const values = this.#history.values?.subarray(from, from + items.length) ?? new Float32Array(items.length).fill(1);
    return { items, values, sequence: this.#sequence && rowOf(this.#sequence, user) };
  }

  /** All items that the user has met, learned from or not; ascending. */
  seen(user: number): Int32Array {
    const learned = rowOf(this.#history, user);
    return this.#unlearned ? union(learned, rowOf(this.#unlearned, user)) : learned;
  }
}

export const NOTHING: KnownItems = { items: new Int32Array(0), values: new Float32Array(0) };

/** A past with fresher items on top, whose values count where both have one. */
export function withFresh(past: KnownItems, fresh: KnownItems): KnownItems {
  const items = union(past.items, fresh.items);
  const values = new Float32Array(items.length);
  let [p, f] = [0, 0];
  for (const [at, item] of items.entries()) {
    if (past.items[p] === item) values[at] = past.values[p++] as number;
    if (fresh.items[f] === item) values[at] = fresh.values[f++] as number;
  }
  return { items, values, sequence: followed(past, fresh) };
}

/** What was done, with what was done since after it: of what was done again, the last time counts. */
function followed(past: KnownItems, { items, sequence = items }: KnownItems): Int32Array {
  const again = new Set(items);
  const before = (past.sequence ?? past.items).filter((item) => !again.has(item));
  return Int32Array.of(...before, ...sequence);
}
