import type { Saved } from "../artifact/types.ts";
import { checkItem, type NewItem, withItems } from "./new-items.ts";
import type { Recommender, RecommendOptions } from "./types.ts";

/** A recommender of one state of a run. */
export type Fixed = Omit<Recommender, "addItem">;

/** One state, and how many answers are being made with it. */
interface State {
  readonly artifact: Saved;
  readonly recommender: Fixed;
  pending: number;
}

/**
 * A recommender that takes in items. Each makes a new state of the run; answers that are on their way end with the state that they
 * began with, which is freed after the last of them.
 */
export class GrowingRecommender implements Recommender {
  readonly #make: (artifact: Saved) => Fixed;
  #state: State;

  constructor(artifact: Saved, make: (artifact: Saved) => Fixed) {
    this.#make = make;
    this.#state = this.#stateOf(artifact);
  }

  get warnings(): Recommender["warnings"] {
    return this.#state.recommender.warnings;
  }

  get context(): readonly string[] {
    return this.#state.recommender.context;
  }

  get deeds(): Recommender["deeds"] {
    return this.#state.recommender.deeds;
  }

  get itemCount(): number {
    return this.#state.recommender.itemCount;
  }

  recommend: Recommender["recommend"] = (...request) => this.#ask((now) => now.recommend(...request));
  similar: Recommender["similar"] = (...request) => this.#ask((now) => now.similar(...request));
  score: Recommender["score"] = (...request) => this.#ask((now) => now.score(...request));
  itemsWhere: Recommender["itemsWhere"] = (...request) => this.#ask((now) => now.itemsWhere(...request));
  past: Recommender["past"] = (who) => this.#ask((now) => now.past(who));
  itemVectors: Recommender["itemVectors"] = (ids) => this.#ask((now) => now.itemVectors(ids));
  ready: Recommender["ready"] = () => this.#state.recommender.ready();
  knowsUser: Recommender["knowsUser"] = (id) => this.#state.recommender.knowsUser(id);
  itemSet: Recommender["itemSet"] = (ids) => this.#state.recommender.itemSet(ids);

  async *recommendAll(options?: Omit<RecommendOptions, "why">) {
    const state = this.#state;
    state.pending++;
    try {
      yield* state.recommender.recommendAll(options);
    } finally {
      this.#end(state);
    }
  }

  addItem(item: NewItem): void {
    checkItem(item);
    const old = this.#state;
    this.#state = this.#stateOf(withItems(old.artifact, [item]));
    if (old.pending === 0) old.recommender.dispose();
  }

  dispose(): void {
    this.#state.recommender.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #stateOf(artifact: Saved): State {
    return { artifact, recommender: this.#make(artifact), pending: 0 };
  }

  async #ask<T>(request: (recommender: Fixed) => Promise<T>): Promise<T> {
    const state = this.#state;
    state.pending++;
    try {
      return await request(state.recommender);
    } finally {
      this.#end(state);
    }
  }

  #end(state: State): void {
    state.pending--;
    if (state !== this.#state && state.pending === 0) state.recommender.dispose();
  }
}
