import { fail } from "../../core/errors.ts";
import type { RankRequest, Ranks, Scorer, ScoreSpec, TopK, TopKRequest } from "../contract.ts";
import { rowsOf, scoreRequest, type Words } from "../request.ts";
import type { Home } from "./engine.ts";
import { type Answer, toFloats, toInts } from "./message.ts";
import type { LongCall } from "./runner.ts";

/** Scoring in the WebAssembly module: in workers where there are any. Calls may overlap and then wait for each other. */
export class WasmScorer implements Scorer {
  readonly #home: Home;
  readonly #scorer: number;
  readonly #threads: number;
  /** The call before the next one. */
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;
  #disposed = false;

  static async load(home: Home, spec: ScoreSpec): Promise<WasmScorer> {
    const threads = home.threads(spec.threads);
    const { value, arrays } = scoreRequest(spec, threads);
    const made = await home.ask("scorer_new", await home.core.request(value, arrays));
    return new WasmScorer(home, (made.value as { handle: number }).handle, threads);
  }

  private constructor(home: Home, scorer: number, threads: number) {
    this.#home = home;
    this.#scorer = scorer;
    this.#threads = threads;
    home.own(this, "scorer_free", scorer);
  }

  async score(users: Int32Array, items: Int32Array): Promise<Float32Array> {
    const { arrays } = await this.#call("scorer_score", {}, [users, items]);
    return toFloats(arrays[0]);
  }

  async topK({ users, k, exclude, candidates }: TopKRequest): Promise<TopK> {
    const flags = { k, exclude: exclude !== undefined, candidates: candidates !== undefined };
    const given = [users, ...(exclude ? rowsOf(exclude) : []), ...(candidates ? [candidates] : [])];
    const { arrays } = await this.#call("scorer_top_k", flags, given);
    return { items: toInts(arrays[0]), scores: toFloats(arrays[1]) };
  }

  async ranks({ users, targets, exclude }: RankRequest): Promise<Ranks> {
    const given = [users, ...rowsOf(targets), ...(exclude ? rowsOf(exclude) : [])];
    const { arrays } = await this.#call("scorer_ranks", { exclude: exclude !== undefined }, given);
    return { greater: toInts(arrays[0]), equal: toInts(arrays[1]), candidates: toInts(arrays[2]) };
  }

  /** Frees the module's memory, at once or as soon as the running calls have ended. */
  dispose(): void {
    if (!this.#disposed && this.#running === 0) this.#free();
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #call(name: LongCall, value: object, arrays: readonly Words[]): Promise<Answer> {
    if (this.#disposed) fail("ENGINE_DISPOSED", { what: "The scorer was disposed" });
    const request = this.#home.core.request(value, arrays);
    this.#running++;
    const turn = this.#last.then(async () => this.#run(name, await request));
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#running--;
      if (this.#disposed && this.#running === 0) this.#free();
    }
  }

  async #run(name: LongCall, request: number): Promise<Answer> {
    const { core, runner } = this.#home;
    const finished = await runner?.run(name, this.#scorer, request, this.#threads);
    return core.answer(finished?.answer ?? core.call(name, this.#scorer, request, 0));
  }

  #free(): void {
    this.#home.disown(this);
    this.#home.core.call("scorer_free", this.#scorer);
  }
}
