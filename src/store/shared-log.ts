import { randomUUID } from "node:crypto";
import { fail, PenchantError, penchantError } from "../core/errors.ts";
import type { EventStore, StoreListener } from "./event-store.ts";
import { GroupCommit } from "./group-commit.ts";
import { openLink, type RedisLink, type Reply, shownUrl } from "./redis-link.ts";
import { APPEND, ERASED } from "./redis-scripts.ts";
import { type Page, READ_MS, SharedStream } from "./shared-stream.ts";
import type { Entry, NumberedEntry } from "./types.ts";

export interface SharedLogOptions extends StoreListener {
  /** How long opening waits for a server that is not there, in milliseconds; then it goes on without. Default 3,000. */
  readonly patience?: number | undefined;
}

/** How long the server may take to write, which may wait for its disk. */
const WRITE_MS = 5000;
/** How often is looked for what others wrote while nobody asks. */
const BEAT_MS = 1000;

/**
 * The event log in Redis or Valkey, which several processes share. Each holds all that it has read in memory, and reads what is new before it answers: what one has
 * acknowledged is in the next answer of another. Where the server is lost, entries are refused until it is back, and answers go on.
 *
 * Entries are acknowledged when they are in the server's append-only file, where it can say so (WAITAOF: Redis 7.2, Valkey 7.2); otherwise
 * when the server has them, and what it keeps of them is up to its settings.
 */
export class SharedLog implements EventStore {
  readonly kind = "shared";
  readonly #reader: RedisLink;
  readonly #stream: SharedStream;
  /** Its own: what waits for the disk keeps nobody from reading. */
  readonly #writer: RedisLink;
  readonly #where: string;
  readonly #listener: StoreListener;
  readonly #queue: GroupCommit;
  readonly #self = randomUUID();
  #last = 0;
  #isReached = false;
  /** Whether all that was there has been read once. */
  #isLoaded = false;
  #failure: Error | undefined;
  #isClosed = false;
  #pulling: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #beat: NodeJS.Timeout | undefined;

  private constructor(url: string, links: readonly [RedisLink, RedisLink], options: SharedLogOptions) {
    [this.#reader, this.#writer] = links;
    this.#where = shownUrl(url);
    this.#stream = new SharedStream(url, this.#reader);
    this.#listener = options;
    this.#queue = new GroupCommit(options.mostWaiting ?? 100_000, (entries) => this.#commit(entries));
  }

  /** Every entry, in order, without opening it. Throws STORE_URL, STORE_CLIENT, STORE_CORRUPT. */
  static async *entries(url: string, options: SharedLogOptions = {}): AsyncGenerator<NumberedEntry> {
    const link = await openLink(url, options.patience ?? 3000);
    try {
      if (!link.isUp) fail("STORE_URL", { what: `Nothing answers at ${shownUrl(url)}` });
      const pages = new SharedStream(url, link).pages(0);
      for await (const { found } of pages) for (const one of found) if (!("erasedBy" in one)) yield one;
    } finally {
      await link.close();
    }
  }

  /** Reads all that is there; where the server is not, it is read when it comes. Throws STORE_URL, STORE_CLIENT, STORE_CORRUPT. */
  static async open(url: string, options: SharedLogOptions = {}): Promise<SharedLog> {
    const { patience = 3000 } = options;
    const links = await Promise.all([openLink(url, patience), openLink(url, patience)]);
    const log = new SharedLog(url, links, options);
    await log.#pull();
    if (log.#failure) {
      await log.close();
      throw log.#failure;
    }
    log.#beatOn();
    return log;
  }

  get last(): number {
    return this.#last;
  }

  get isSound(): boolean {
    return this.#isReached && this.#reader.isUp && this.#writer.isUp && this.#failure === undefined && !this.#isClosed;
  }

  append(entries: readonly Entry[]): Promise<number> {
    if (entries.length === 0) return Promise.resolve(this.#last);
    if (!this.isSound) return Promise.reject(this.#lost());
    return this.#queue.append(entries);
  }

  erase(user: string): Promise<number> {
    return this.#queue.alone(async () => {
      if (!this.isSound) throw this.#lost();
      try {
        const before = await this.#sweep(user, 0, Number.POSITIVE_INFINITY);
        const { log, last, id, erased } = this.#stream.keys;
        const n = await this.#write([
          "EVAL",
          ERASED,
          "4",
          log,
          last,
          id,
          erased,
          this.#stream.id ?? "",
          this.#self,
          user,
        ]);
        const after = await this.#sweep(user, before.to, n); // what came in between
        await this.#settled();
        await this.refresh();
        return before.erased + after.erased;
      } catch (cause) {
        throw this.#refused(cause);
      }
    });
  }

  /** A pull that begins after the call; one is shared by all who wait. */
  refresh(): Promise<void> {
    if (!this.isSound) return Promise.resolve();
    this.#next ??= this.#pulling.then(() => {
      this.#next = undefined;
      this.#pulling = this.#pull();
      return this.#pulling;
    });
    return this.#next;
  }

  async close(): Promise<void> {
    if (!this.#isClosed) await this.#queue.alone(async () => {});
    this.#isClosed = true;
    clearTimeout(this.#beat);
    await this.#pulling;
    await Promise.all([this.#reader.close(), this.#writer.close()]);
  }

  #beatOn(): void {
    this.#beat = setTimeout(async () => {
      this.#pulling = this.#pulling.then(() => this.#pull());
      await this.#pulling;
      if (!this.#isClosed) this.#beatOn();
    }, BEAT_MS).unref();
  }

  async #commit(entries: readonly Entry[]): Promise<number> {
    try {
      const { log, last, id } = this.#stream.keys;
      const texts = entries.map((entry) => JSON.stringify(entry));
      const n = await this.#write(["EVAL", APPEND, "3", log, last, id, this.#stream.id ?? "", ...texts]);
      await this.#settled();
      while (this.#last < n) {
        if (!this.isSound) throw this.#lost();
        await this.refresh();
      }
      return n;
    } catch (cause) {
      throw this.#refused(cause);
    }
  }

  async #write(command: readonly string[]): Promise<number> {
    const n = Number(await this.#writer.call(command, WRITE_MS));
    if (n < 0) throw this.#another();
    return n;
  }

  /** Waits for the server's disk, where it has a file to append to and can say when it is there. */
  async #settled(): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.#writer.call(["WAITAOF", "1", "0", String(WRITE_MS)], WRITE_MS + READ_MS);
    } catch (error) {
      if (/unknown command|appendonly is disabled|replica/i.test((error as Error).message)) return;
      throw error;
    }
    const [local] = Array.isArray(reply) ? (reply as readonly Reply[]) : [reply];
    if (Number(local) < 1) throw new Error("the server has not written to its disk in time");
  }

  async #pull(): Promise<void> {
    try {
      for await (const page of this.#stream.pages(this.#last)) await this.#take(page);
      this.#isReached = true;
      this.#isLoaded = true;
    } catch (error) {
      this.#isReached = false;
      if (!this.#isLoaded) this.#forgetAll();
      if (error instanceof PenchantError && error.code === "STORE_CORRUPT") this.#failure = error;
    }
  }

  /** Hands entries on in their order. */
  async #take({ found, to }: Page): Promise<void> {
    for (const one of found) {
      if (one.n <= this.#last) continue;
      if ("erasedBy" in one) {
        const who = await this.#reader.call(["GET", `${this.#stream.keys.erased}:${one.n}`], READ_MS);
        if (typeof who === "string") this.#listener.onErase?.(who, one.erasedBy !== this.#self);
        else if (this.#isLoaded) return await this.#again();
      } else this.#listener.onEntry?.(one);
      this.#last = one.n;
    }
    this.#last = Math.max(this.#last, to);
  }

  /** Everything from the beginning: who was erased is known to nobody any more. */
  async #again(): Promise<void> {
    const pages: Page[] = [];
    for await (const page of this.#stream.pages(0)) pages.push(page);
    this.#forgetAll();
    for (const { found } of pages) for (const one of found) if (!("erasedBy" in one)) this.#listener.onEntry?.(one);
    this.#last = pages.at(-1)?.to ?? 0;
  }

  #forgetAll(): void {
    this.#listener.onReset?.();
    this.#last = 0;
  }

  /** Deletes a person's entries with numbers over `from`, to `to`; says how many there were, and how far it came. */
  async #sweep(user: string, from: number, to: number): Promise<{ readonly erased: number; readonly to: number }> {
    let [erased, at] = [0, from];
    for await (const { found, to: reached } of this.#stream.pages(from)) {
      const own = found.filter(
        (one) => one.n <= to && "type" in one && one.type !== "item-change" && one.user === user,
      );
      if (own.length > 0) {
        await this.#writer.call(["XDEL", this.#stream.keys.log, ...own.map(({ n }) => `${n}-0`)], WRITE_MS);
      }
      erased += own.length;
      at = reached;
      if (at >= to) break;
    }
    return { erased, to: at };
  }

  #refused(cause: unknown): Error {
    if (cause instanceof PenchantError) return cause;
    const received = cause instanceof Error ? cause.message : String(cause);
    return penchantError("STORE_WRITE", {
      what: `Events cannot be written to the store at ${this.#where}`,
      received,
      cause,
    });
  }

  #lost(): Error {
    if (this.#failure) return this.#failure;
    const what = this.#isClosed ? "The store is closed" : `The store at ${this.#where} cannot be reached`;
    return penchantError("STORE_WRITE", { what, fix: "Send the events again when /readyz says that they are taken." });
  }

  #another(): Error {
    this.#failure = this.#stream.another();
    return this.#failure;
  }
}
