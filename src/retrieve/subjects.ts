import type { Artifact } from "../artifact/types.ts";
import { fail } from "../core/errors.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import type { KnownItems } from "./fold-in.ts";
import type { Ids } from "./ids.ts";
import type { Learning } from "./learning.ts";
import { rowOf } from "./rows.ts";
import { anybody, foldedIn, type Subject, trainedUser, unlearned } from "./subject.ts";
import type { Profile, Who } from "./types.ts";

export interface Recognized {
  readonly subject: Subject;
  /** Ids of the profile that the run does not know. */
  readonly ignored: readonly string[];
}

export interface SubjectsInput {
  readonly artifact: Artifact;
  readonly engine: Engine;
  readonly scorer: Scorer;
  readonly users: Ids;
  readonly items: Ids;
  readonly learning: Learning | undefined;
}

/** Finds out who asks, and how they can be answered. */
export class Subjects {
  readonly #input: SubjectsInput;
  /** What an item of a profile without ratings is taken to be rated: it was named because it is liked. */
  readonly #liked: number;

  constructor(input: SubjectsInput) {
    this.#input = input;
    const { values } = input.artifact.history;
    this.#liked = values ? values.reduce((most, value) => Math.max(most, value), -Infinity) : 1;
  }

  async recognize(who: Who): Promise<Recognized> {
    return typeof who === "string" ? { subject: this.#byId(who), ignored: [] } : this.#byProfile(who);
  }

  /** Training items of a user, with what was learned from each. */
  historyOf(user: number): KnownItems {
    const { history } = this.#input.artifact;
    const items = rowOf(history, user);
    const from = history.offsets[user] as number;
    const values = history.values?.subarray(from, from + items.length) ?? new Float32Array(items.length).fill(1);
    return { items, values };
  }

  #byId(id: string): Subject {
    const { artifact, scorer, users, learning } = this.#input;
    const user = users.indexOf(id);
    const past = user === undefined ? NOTHING : this.historyOf(user);
    // Without training interactions the rows of a user are still those that training began with.
    if (user === undefined || past.items.length === 0) return anybody(artifact.popularity, past);
    return learning ? trainedUser(artifact, scorer, user, past) : unlearned(scorer, user, past);
  }

  async #byProfile(profile: Profile): Promise<Recognized> {
    const { artifact, engine, items, learning } = this.#input;
    const { known, unknown } = items.resolve(profile.items);
    const past = { items: known, values: this.#ratings(profile, known) };
    const plans = artifact.plans.foldIn;
    if (!plans || !learning || known.length === 0) {
      return { subject: anybody(artifact.popularity, past), ignored: unknown };
    }
    return { subject: await foldedIn({ engine, artifact, plans, learning }, past), ignored: unknown };
  }

  #ratings({ items, values }: Profile, known: Int32Array): Float32Array {
    if (values && (values.length !== items.length || !values.every(Number.isFinite))) {
      fail("CONFIG_VALUE", {
        what: "The values of the profile do not fit its items",
        expected: `${items.length} numbers`,
        received: JSON.stringify(values),
      });
    }
    const given = new Map(items.map((id, i) => [this.#input.items.indexOf(id), values?.[i]]));
    return Float32Array.from(known, (item) => given.get(item) ?? this.#liked);
  }
}

const NOTHING: KnownItems = { items: new Int32Array(0), values: new Float32Array(0) };
