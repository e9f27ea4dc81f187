import { randomUUID } from "node:crypto";
import { fail, type PenchantError, penchantError } from "../core/errors.ts";
import { type RedisLink, type Reply, shownUrl } from "./redis-link.ts";
import { READ } from "./redis-scripts.ts";
import { type Entry, isEntry, type NumberedEntry } from "./types.ts";

/** An entry as it comes: an erasure does not say of whom. */
export type Found = NumberedEntry | { readonly n: number; readonly erasedBy: string };

/** Some entries, and the number that was come to: the last ones before it may have been erased. */
export interface Page {
  readonly found: readonly Found[];
  readonly to: number;
}

/** Entries fetched at once. */
const PAGE = 1000;
/** How long the server may take to say what is new, in milliseconds. */
export const READ_MS = 1000;

/** The entries in the store, as they are read. */
export class SharedStream {
  readonly keys: Readonly<Record<"log" | "last" | "id" | "erased", string>>;
  readonly #link: RedisLink;
  readonly #where: string;
  #id: string | undefined;
  /** The highest count of entries that the store has told of. */
  #count = 0;

  constructor(url: string, link: RedisLink) {
    this.#link = link;
    this.#where = shownUrl(url);
    const name = new URL(url).hash.slice(1) || "default";
    // the number is that of the format; all keys of a log are in one slot of a cluster
    const key = (what: string) => `penchant:1:{${name}}:${what}`;
    this.keys = { log: key("log"), last: key("last"), id: key("id"), erased: key("erased") };
  }

  /** What tells this store from another one at the same address; undefined until it was read. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Entries after a number, to the last one. Throws STORE_CORRUPT where the store does not hold any more what it held. */
  async *pages(after: number): AsyncGenerator<Page> {
    for (let [at, isWhole] = [after, false]; !isWhole; ) {
      const { found, count } = await this.#page(at);
      isWhole = found.length < PAGE;
      at = isWhole ? count : (found.at(-1)?.n ?? at);
      yield { found, to: at };
    }
  }

  another(): PenchantError {
    return penchantError("STORE_CORRUPT", {
      what: `The store at ${this.#where} does not hold what it held: it was emptied, or another one is in its place`,
      fix: "Bring its data back, or restart the servers to begin with what it holds now.",
    });
  }

  async #page(after: number): Promise<{ readonly found: readonly Found[]; readonly count: number }> {
    const { log, last, id } = this.keys;
    const command = ["EVAL", READ, "3", log, last, id, this.#id ?? randomUUID(), String(after), String(PAGE)];
    const [own, count, entries] = (await this.#link.call(command, READ_MS)) as readonly Reply[];
    if ((this.#id !== undefined && own !== this.#id) || Number(count) < this.#count) throw this.another();
    [this.#id, this.#count] = [String(own), Number(count)];
    return { found: (entries as readonly Reply[]).map((one) => this.#parsed(one)), count: this.#count };
  }

  #parsed(reply: Reply): Found {
    const [id, [field, text]] = reply as readonly [string, readonly [string, string]];
    const n = Number.parseInt(id, 10);
    if (field === "erased") return { n, erasedBy: text };
    const entry = parsedEntry(text);
    if (entry) return { n, ...entry };
    return fail("STORE_CORRUPT", {
      what: `Entry ${n} of the store at ${this.#where} is none`,
      fix: "Delete it from the stream, or use another database.",
    });
  }
}

function parsedEntry(text: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(text);
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}
