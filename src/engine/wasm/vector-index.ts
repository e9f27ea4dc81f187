import { fail } from "../../core/errors.ts";
import type { IndexParts, IndexSearch, IndexSpec, TopK, VectorIndex } from "../contract.ts";
import { indexRequest, rowsOf, rowsOfSearch } from "../request.ts";
import type { Home } from "./engine.ts";
import { toFloats, toInts } from "./message.ts";

/** An index in the WebAssembly module: searched in workers where there are any, one search after another. */
export class WasmVectorIndex implements VectorIndex {
  readonly #home: Home;
  readonly #index: number;
  readonly #width: number;
  readonly #threads: number;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  static async load(home: Home, spec: IndexSpec): Promise<WasmVectorIndex> {
    const threads = home.threads(spec.threads);
    const { value, arrays } = indexRequest(spec, 1);
    const made = await home.ask("index_new", await home.core.request(value, arrays));
    return new WasmVectorIndex(home, (made.value as { handle: number }).handle, spec.width, threads);
  }

  private constructor(home: Home, index: number, width: number, threads: number) {
    this.#home = home;
    this.#index = index;
    this.#width = width;
    this.#threads = threads;
    home.own(this, "index_free", index);
  }

  async parts(): Promise<IndexParts> {
    this.#checkAlive();
    const { core } = this.#home;
    const { arrays } = await core.answer(core.call("index_parts", this.#index));
    return { centroids: toFloats(arrays[0]), cellOf: toInts(arrays[1]) };
  }

  async search(search: IndexSearch): Promise<TopK> {
    this.#checkAlive();
    const { queries, k, effort, exclude, candidates } = search;
    const { core, runner } = this.#home;
    const rows = rowsOfSearch(search, this.#width);
    const flags = { rows, k, effort, exclude: exclude !== undefined, candidates: candidates !== undefined };
    const given = [queries, ...(exclude ? rowsOf(exclude) : []), ...(candidates ? [candidates] : [])];
    const turn = this.#last.then(async () => {
      const request = await core.request(flags, given);
      const finished = await runner?.run("index_search", this.#index, request, this.#threads);
      return core.answer(finished?.answer ?? core.call("index_search", this.#index, request, 0));
    });
    this.#last = turn.catch(() => {});
    const { arrays } = await turn;
    return { items: toInts(arrays[0]), scores: toFloats(arrays[1]) };
  }

  /** Frees the module's memory, at once or as soon as the searches under way have ended. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#home.disown(this);
    void this.#last.then(() => this.#home.core.call("index_free", this.#index));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) fail("ENGINE_DISPOSED", { what: "The index was disposed" });
  }
}
