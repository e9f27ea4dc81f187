import { type LoggedEvent, MEANING } from "../store/index.ts";

/** What is known of one item that a person has met. */
export interface Met {
  /** Whether it speaks for what the person likes; a rating that says otherwise is left to the model. */
  readonly likes: boolean;
  readonly rating: number | undefined;
}

/** Items of a person by id, the one met last at the end. */
export type Doings = ReadonlyMap<string, Met>;

const NOTHING: Doings = new Map();

/** What people have done since the models were trained, from the event log. */
export class People {
  readonly #doings = new Map<string, Map<string, Met>>();
  readonly #most: number;

  /** @param most Items remembered of a person, the newest; older ones are in the log alone. */
  constructor(most = 1000) {
    this.#most = most;
  }

  get size(): number {
    return this.#doings.size;
  }

  of(user: string): Doings {
    return this.#doings.get(user) ?? NOTHING;
  }

  note({ user, item, type, value }: LoggedEvent): void {
    const meaning = MEANING[type];
    if (meaning === "nothing") return;
    const doings = this.#doings.get(user) ?? new Map<string, Met>();
    const before = doings.get(item);
    const rating = type === "rating" ? value : before?.rating;
    const likes = meaning === "likes" || (meaning === "met" && (before?.likes ?? false));
    doings.delete(item); // to the end
    doings.set(item, { likes, rating });
    const [oldest] = doings.keys();
    if (doings.size > this.#most && oldest !== undefined) doings.delete(oldest);
    this.#doings.set(user, doings);
  }

  forget(user: string): void {
    this.#doings.delete(user);
  }

  clear(): void {
    this.#doings.clear();
  }
}
