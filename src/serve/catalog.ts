import type { Change, Field, Fields } from "../store/index.ts";

const NOTHING: Fields = {};

/** What is known of items and of people, by id, from the changes in the log. */
export class FieldTable {
  readonly #rows = new Map<string, Fields>();

  get size(): number {
    return this.#rows.size;
  }

  /** Of whom or what something is known. */
  ids(): Iterable<string> {
    return this.#rows.keys();
  }

  /** Undefined where nothing was ever said, or it was deleted. */
  of(id: string): Fields | undefined {
    return this.#rows.get(id);
  }

  apply(id: string, change: Change): void {
    if (change.change === "delete") this.#rows.delete(id);
    else this.#rows.set(id, changed(this.#rows.get(id), change));
  }

  clear(): void {
    this.#rows.clear();
  }
}

/** What is known after a change that is no deletion. */
export function changed(before: Fields = NOTHING, change: Exclude<Change, { readonly change: "delete" }>): Fields {
  if (change.change === "put") return change.fields;
  const rest = Object.entries({ ...before, ...change.fields }).filter(
    (entry): entry is [string, Field] => entry[1] !== null,
  );
  return Object.fromEntries(rest);
}

/** The items: what is known of them, and which are not to be shown. */
export class Catalog extends FieldTable {
  readonly #hidden = new Set<string>();
  #revision = 0;

  /** Another number after every change. */
  get revision(): number {
    return this.#revision;
  }

  /** Ids of items that were deleted, or whose field `available` is false. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }

  override apply(id: string, change: Change): void {
    super.apply(id, change);
    this.#revision++;
    if (change.change === "delete" || this.of(id)?.["available"] === false) this.#hidden.add(id);
    else this.#hidden.delete(id);
  }

  override clear(): void {
    super.clear();
    this.#revision++;
    this.#hidden.clear();
  }
}
