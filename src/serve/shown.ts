import { type Filter, itemsPassing, parseFilter } from "../pipeline/index.ts";
import type { ItemSet, Recommender } from "../retrieve/index.ts";
import type { Fields } from "../store/index.ts";
import type { Catalog } from "./catalog.ts";

/** Filters remembered, each with the items that pass. */
const FILTERS = 64;
const NOBODY: Fields = {};

/** Which items of a model may be shown: looked up once for each state of the catalogue. */
export class Shown {
  readonly #recommender: Recommender;
  readonly #catalog: Catalog;
  #revision = -1;
  #hidden: ItemSet | undefined;
  #passing = new Map<string, Promise<ItemSet>>();

  constructor(recommender: Recommender, catalog: Catalog) {
    this.#recommender = recommender;
    this.#catalog = catalog;
  }

  /** Items that are withdrawn or not available; undefined where there are none. */
  get hidden(): ItemSet | undefined {
    this.#refresh();
    if (this.#catalog.hidden.size === 0) return undefined;
    this.#hidden ??= this.#recommender.itemSet([...this.#catalog.hidden]);
    return this.#hidden;
  }

  /** Items that pass a filter. Throws CONFIG_FILTER, also where it can be evaluated of no item at all. */
  passing(text: string, user: Fields = NOBODY): Promise<ItemSet> {
    this.#refresh();
    const known = this.#passing.get(text);
    if (known) return known;
    const filter = parseFilter(text);
    const found = this.#evaluate(filter, user);
    if (!filter.readsUser) this.#remember(text, found);
    return found;
  }

  #evaluate(filter: Filter, user: Fields): Promise<ItemSet> {
    return itemsPassing(this.#recommender, [filter], (id) => this.#catalog.of(id) ?? NOBODY, user);
  }

  #remember(text: string, found: Promise<ItemSet>): void {
    const passing = this.#passing;
    passing.set(text, found);
    found.catch(() => passing.delete(text));
    const [oldest] = passing.keys();
    if (passing.size > FILTERS && oldest !== undefined) passing.delete(oldest);
  }

  #refresh(): void {
    if (this.#revision === this.#catalog.revision) return;
    this.#revision = this.#catalog.revision;
    this.#hidden = undefined;
    this.#passing = new Map();
  }
}
