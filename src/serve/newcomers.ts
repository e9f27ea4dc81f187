import type { Cell } from "../features/index.ts";
import type { Describer, NewItem } from "../retrieve/index.ts";

/** Of the time at most this share is spent on taking items in: where models are large, several wait for each other. */
const SHARE = 0.1;

/** What answers, at the latest when this resolves; it does not reject. */
interface Answering {
  ready(): Promise<void>;
}

/** Items that a model has not met, described since it was trained, by whose features it answers for them. */
export class Newcomers {
  readonly #describer: Describer;
  readonly #met: ReadonlySet<string>;
  readonly #items = new Map<string, NewItem>();
  #isChanged = false;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** @param met Ids of the items that the model was trained on. */
  constructor(describer: Describer, met: ReadonlySet<string>) {
    this.#describer = describer;
    this.#met = met;
  }

  has(item: string): boolean {
    return this.#items.has(item);
  }

  /** Throws FEATURE_VALUE where a field is a feature of the model, and its value not of that kind. */
  check(item: string, fields: Readonly<Record<string, Cell>>): void {
    if (!this.#met.has(item)) this.#describer.row(fields);
  }

  /** What is known of an item from here on; undefined: nothing, for it was deleted. What the model cannot read of it is not known. */
  note(item: string, fields: Readonly<Record<string, Cell>> | undefined): void {
    if (this.#met.has(item)) return;
    const row = fields && this.#describer.readable(fields);
    if (!row && !this.#items.has(item)) return;
    if (row) this.#items.set(item, { id: item, features: row });
    else this.#items.delete(item);
    this.#isChanged = true;
  }

  clear(): void {
    this.#isChanged ||= this.#items.size > 0;
    this.#items.clear();
  }

  /**
   * What `take` makes of all of them; undefined where nothing has changed, or the last time was too short ago for how long it took
   * until that was `ready`. Rows that have not changed are the same objects, in the same order, before those that are new.
   */
  whenDue<T extends Answering>(take: (items: readonly NewItem[]) => T, now = () => performance.now()): T | undefined {
    const started = now();
    if (!this.#isChanged || started < this.#notBefore) return undefined;
    const taken = take(Array.from(this.#items.values()));
    this.#isChanged = false;
    this.#notBefore = Number.POSITIVE_INFINITY;
    void taken.ready().then(() => {
      const ended = now();
      this.#notBefore = ended + (ended - started) * (1 / SHARE - 1);
    });
    return taken;
  }
}
