import { type EventType, type LoggedEvent, MEANING } from "../store/index.ts";

/** What is known of one item that a person has met. */
export interface Met {
  /** Whether it speaks for what the person likes; a rating that says otherwise is left to the model. */
  readonly likes: boolean;
  readonly rating: number | undefined;
  /** Kinds of the events, each once. */
  readonly types: readonly EventType[];
  /** The last word: a rating, Infinity of a like, -Infinity of a dislike; undefined where none was said. */
  readonly opinion: number | undefined;
}

/** Items of a person by id, the one met last at the end. */
export type Doings = ReadonlyMap<string, Met>;

/** What people say outright. */
const opinionOf = (type: EventType, value: number | undefined): number | undefined =>
  type === "rating"
    ? value
    : type === "like"
      ? Number.POSITIVE_INFINITY
      : type === "dislike"
        ? Number.NEGATIVE_INFINITY
        : undefined;

/** Lists of kinds, each made once: there are few, and people and items are many. */
const LISTS = new Map<string, readonly EventType[]>();

function withType(types: readonly EventType[] = [], type: EventType): readonly EventType[] {
  if (types.includes(type)) return types;
  const key = [...types, type].sort().join();
  const known = LISTS.get(key) ?? key.split(",").map((name) => name as EventType);
  LISTS.set(key, known);
  return known;
}

/** But for the newest, the item met longest ago of those that were neither bought nor judged; where there is none, of all. */
function leastTelling(doings: Doings, newest: string): string {
  for (const [item, { types, opinion }] of doings) {
    if (item !== newest && opinion === undefined && !types.includes("purchase")) return item;
  }
  const [oldest] = doings.keys();
  return oldest as string;
}

const NOTHING: Doings = new Map();

/** What people have done since the models were trained, from the event log. */
export class People {
  readonly #doings = new Map<string, Map<string, Met>>();
  readonly #most: number;

  /** @param most Items remembered of a person, the newest, and before others those bought or judged; older ones are in the log alone. */
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
    doings.set(item, {
      likes,
      rating,
      types: withType(before?.types, type),
      opinion: opinionOf(type, value) ?? before?.opinion,
    });
    if (doings.size > this.#most) doings.delete(leastTelling(doings, item));
    this.#doings.set(user, doings);
  }

  forget(user: string): void {
    this.#doings.delete(user);
  }

  clear(): void {
    this.#doings.clear();
  }
}
