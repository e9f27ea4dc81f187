import type { Artifact, History } from "../artifact/types.ts";
import { rowOf } from "../core/csr.ts";
import { type Id, idText } from "../core/id.ts";
import type { Ids } from "./ids.ts";
import { rangeOf, type Scale } from "./scale.ts";

/** What a run knows of the past of its users, beside the items: kinds of events, and values of interactions. */
export interface Deeds {
  /** Kinds of events, as the data call them; empty where the data have none, or an older version made the run. */
  readonly kinds: readonly string[];
  /** The lowest and the highest value that it keeps of an interaction; undefined where the data have none. */
  readonly values: Scale | undefined;
  /** Interactions of at least this value (`--threshold`) were learned as likes, without their values; undefined: all values are kept. */
  readonly likesFrom: number | undefined;
  /** Values below this are dislikes (`--dislikes-below`, otherwise 0, or the threshold where that is less). */
  readonly dislikesBelow: number;
  /** Items that a user has met by an event of one of these kinds, held-out ones too; of somebody unknown none. Throws DATA_ID. */
  byKind(user: Id, kinds: readonly string[]): readonly string[];
  /** Items of which the user's value lies below a bound; of somebody unknown none. Throws DATA_ID. */
  below(user: Id, bound: number): readonly string[];
}

/** Those of a run. */
export class RunDeeds implements Deeds {
  readonly #artifact: Pick<Artifact, "metadata" | "history" | "unlearned" | "kinds">;
  readonly #users: Ids;
  readonly #items: Ids;

  constructor(artifact: Pick<Artifact, "metadata" | "history" | "unlearned" | "kinds">, users: Ids, items: Ids) {
    this.#artifact = artifact;
    this.#users = users;
    this.#items = items;
  }

  get kinds(): readonly string[] {
    return Object.keys(this.#artifact.kinds ?? {});
  }

  get values(): Scale | undefined {
    return rangeOf([this.#artifact.history, this.#artifact.unlearned]);
  }

  get likesFrom(): number | undefined {
    return this.#setting("threshold");
  }

  get dislikesBelow(): number {
    return this.#setting("dislikesBelow") ?? Math.min(0, this.likesFrom ?? 0);
  }

  byKind(user: Id, wanted: readonly string[]): readonly string[] {
    const row = this.#row(user);
    if (row === undefined) return [];
    const known = Object.entries(this.#artifact.kinds ?? {}).filter(([name]) => wanted.includes(name));
    return this.#ids(known.flatMap(([, pairs]) => [...rowOf(pairs, row)]));
  }

  below(user: Id, bound: number): readonly string[] {
    const row = this.#row(user);
    if (row === undefined) return [];
    const { history, unlearned } = this.#artifact;
    // what was learned as liked is 1 whatever it was, and at least the threshold
    const learned = this.likesFrom === undefined ? [history] : [];
    return this.#ids([...learned, unlearned].flatMap((pairs) => (pairs ? under(pairs, row, bound) : [])));
  }

  #setting(name: "threshold" | "dislikesBelow"): number | undefined {
    const value = this.#artifact.metadata.split[name];
    return typeof value === "number" ? value : undefined;
  }

  #row(user: Id): number | undefined {
    return this.#users.indexOf(idText(user, "The user"));
  }

  #ids(items: readonly number[]): readonly string[] {
    return [...new Set(items)].map((item) => this.#items.at(item));
  }
}

/** Items of a row with values below a bound; where all values are 1 (there are none), and 1 is no value of the data, none. */
function under({ offsets, items, values }: History, row: number, bound: number): number[] {
  const found: number[] = [];
  for (let at = offsets[row] as number; values && at < (offsets[row + 1] as number); at++) {
    if ((values[at] as number) < bound) found.push(items[at] as number);
  }
  return found;
}
