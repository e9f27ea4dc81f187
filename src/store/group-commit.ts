import { penchantError } from "../core/errors.ts";
import type { Entry } from "./types.ts";

/** A call of `append` that has not been answered. */
interface Waiting {
  readonly entries: readonly Entry[];
  readonly resolve: (last: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Work on a store, one after another. What callers append while there is work under way is written together. */
export class GroupCommit {
  readonly #most: number;
  /** Writes a group, or nothing of it, and gives the number of its last entry. */
  readonly #write: (entries: readonly Entry[]) => Promise<number>;
  #waiting: Waiting[] = [];
  #waitingEntries = 0;
  #work: Promise<void> = Promise.resolve();
  #isScheduled = false;

  constructor(mostWaiting: number, write: (entries: readonly Entry[]) => Promise<number>) {
    this.#most = mostWaiting;
    this.#write = write;
  }

  /** Rejects with STORE_BUSY, and as writing does. */
  append(entries: readonly Entry[]): Promise<number> {
    if (this.#waitingEntries + entries.length > this.#most) {
      return Promise.reject(
        penchantError("STORE_BUSY", { what: `${this.#waitingEntries} events already wait to be written` }),
      );
    }
    this.#waitingEntries += entries.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      this.#schedule();
    });
  }

  /** Does work when what came before is done. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    void this.alone(async () => {
      this.#isScheduled = false;
      const group = this.#waiting;
      this.#waiting = [];
      this.#waitingEntries = 0;
      await this.#commit(group);
    });
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const entries = group.flatMap((one) => one.entries);
    try {
      let last = (await this.#write(entries)) - entries.length;
      for (const { entries: own, resolve } of group) {
        last += own.length;
        resolve(last);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
