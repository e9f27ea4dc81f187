import { isEnsemble, type Saved } from "../artifact/types.ts";
import { oneRow, stack } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { idText, idTexts } from "../core/id.ts";
import { givesWay } from "../core/turns.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import { type Best, bestOf } from "./best.ts";
import { checkAnswering, checkK } from "./check.ts";
import type { Deeds } from "./deeds.ts";
import { ensembleParts } from "./ensemble-parts.ts";
import { type AskedEvent, isAsked } from "./event.ts";
import type { Explanation } from "./explain.ts";
import { type Fixed, GrowingRecommender } from "./growing.ts";
import type { Ids } from "./ids.ts";
import { ItemSet, indicesOf } from "./item-set.ts";
import { hiddenOf, limitsOf } from "./limits.ts";
import { type Parts, partsOf, type RecommenderOptions } from "./parts.ts";
import { checkEvent, checkListOptions, checkPairs, checkSimilarOptions } from "./requests.ts";
import { clipped } from "./scale.ts";
import { anybody, type Subject } from "./subject.ts";
import type {
  AnswerWarning,
  Id,
  Method,
  Pair,
  Recommendations,
  RecommendedItem,
  Recommender,
  RecommendOptions,
  ScoredPair,
  SimilarItems,
  SimilarOptions,
  Who,
} from "./types.ts";

/** Users of one block of `recommendAll`. */
const BLOCK = 512;
/** Length of a list where nothing is said; of fewer items: all. */
export const DEFAULT_K = 10;

/** A saved run, or an ensemble of them, that answers. Needs no training code and no original data. */
export function createRecommender(saved: Saved, engine: Engine, options: RecommenderOptions = {}): Recommender {
  checkAnswering(saved, engine, "createRecommender");
  return new GrowingRecommender(saved, (state) => new PartsRecommender(startOf(state, engine, options)));
}

const startOf = (saved: Saved, engine: Engine, options: RecommenderOptions): Parts =>
  isEnsemble(saved) ? ensembleParts(saved, engine, options) : partsOf(saved, engine, options);

/** How everybody's lists are made. */
interface Listing extends Pick<ReturnType<typeof limitsOf>, "excluded" | "candidates"> {
  readonly k: number;
  readonly ignored: Pick<Recommendations, "ignored">;
  readonly scorer: Scorer;
}

/** One state of a run. */
class PartsRecommender implements Fixed {
  readonly warnings: readonly AnswerWarning[];
  readonly #parts: Parts;
  readonly #users: Ids;
  readonly #items: Ids;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.warnings = parts.warnings;
    this.#users = parts.users;
    this.#items = parts.items;
  }

  async recommend(who: Who, options: RecommendOptions = {}): Promise<Recommendations> {
    const k = this.#length(checkListOptions(options).k);
    const limits = limitsOf(options, this.#items);
    const event = { context: options.context, at: options.at };
    const { subject: own, user, seen, ignored, warnings } = await this.#parts.subjects.recognize(who, event);
    const subject = options.popular ? anybody(this.#parts.popularity, own.past) : own;
    const exclude = oneRow(limits.excluded(seen));
    const among = { exclude, candidates: limits.candidates };
    const best = options.index ? await this.#byIndex(subject, k, among) : await subject.top(k, among);
    const explanation = options.why ? await this.#parts.explainer.explain(subject, best.items) : undefined;
    const strangers = [...new Set([...ignored, ...limits.unknown])];
    return {
      user,
      known: subject.method !== "popularity",
      method: subject.method,
      items: this.#list(best, subject.method, explanation),
      ...(explanation && { explanation: explanation.method }),
      ...(strangers.length > 0 && { ignored: strangers }),
      ...(warnings.length > 0 && { warnings }),
    };
  }

  /** Somebody of whom nothing is known is answered by popularity, which needs no index. Throws INDEX_MISSING, INDEX_STALE. */
  async #byIndex(subject: Subject, k: number, limits: Parameters<Subject["top"]>[1]): Promise<Best> {
    if (!this.#parts.indexed) {
      return fail("INDEX_MISSING", {
        what: "The run has no index of its item vectors",
        fix: "Make one: penchant index build RUN.",
      });
    }
    const query = await subject.query?.();
    return query ? (await this.#parts.indexed()).top(query, k, limits) : subject.top(k, limits);
  }

  async similar(itemId: Id, options: SimilarOptions = {}): Promise<SimilarItems> {
    const id = idText(itemId, "The item");
    const item = this.#items.requireItem(id);
    const k = this.#length(checkSimilarOptions(options).k);
    const vectors = await this.#parts.vectors();
    const scores = (vectors ?? this.#parts.coOccurrence()).toAll(item);
    // Never met together is no similarity; a negative cosine is one, if a poor one.
    const counts = (other: number) => vectors !== undefined || (scores[other] as number) > 0;
    const hidden = new Set(options.hidden && hiddenOf(options.hidden, this.#items));
    const only = options.candidates && new Set(indicesOf(options.candidates, this.#items, "candidates").known);
    const mayStand = (other: number) => !hidden.has(other) && (only?.has(other) ?? true);
    const best = bestOf(scores, k, (other) => other !== item && counts(other) && mayStand(other));
    return { item: id, method: vectors ? "cosine" : "co-occurrence", items: this.#list(best) };
  }

  async *recommendAll(options: Omit<RecommendOptions, "why"> = {}): AsyncGenerator<Recommendations> {
    const k = this.#length(checkListOptions(options).k);
    const { excluded, candidates, unknown } = limitsOf(options, this.#items);
    const ignored = unknown.length > 0 ? { ignored: unknown } : {};
    const event = { context: options.context, at: options.at };
    const asking = isAsked(event) ? await this.#parts.asking(event) : undefined;
    try {
      yield* this.#lists(options, { k, excluded, candidates, ignored, scorer: asking ?? this.#parts.scorer });
    } finally {
      asking?.dispose();
    }
  }

  async *#lists(
    options: RecommendOptions,
    { k, excluded, candidates, ignored, scorer }: Listing,
  ): AsyncGenerator<Recommendations> {
    for (let start = 0; start < this.#users.size; start += BLOCK) {
      const users = Int32Array.from({ length: Math.min(BLOCK, this.#users.size - start) }, (_, i) => start + i);
      const exclude = stack(Array.from(users, (user) => excluded(this.#parts.pasts.seen(user))));
      const { items, scores } = await scorer.topK({ users, k, exclude, candidates });
      for (const [row, index] of users.entries()) {
        const user = this.#users.at(index);
        const places = [row * k, (row + 1) * k] as const;
        const best = { items: items.subarray(...places), scores: scores.subarray(...places) };
        // Those without a history get what they get when they are asked for alone.
        if (this.#parts.pasts.learned(index).items.length === 0) yield await this.recommend(user, options);
        else
          yield {
            user,
            known: true,
            method: this.#parts.method,
            items: this.#list(best, this.#parts.method),
            ...ignored,
          };
      }
    }
  }

  async score(pairs: readonly Pair[], event: AskedEvent = {}): Promise<ScoredPair[]> {
    using asking = isAsked(checkEvent(event)) ? await this.#parts.asking(event) : undefined;
    const scorer = asking ?? this.#parts.scorer;
    const found = checkPairs(pairs).map(({ user, item }) =>
      this.#pair(idText(user, "The user"), idText(item, "The item")),
    );
    const asked = found.filter(({ missing }) => missing === undefined);
    const users = Int32Array.from(asked, ({ user }) => this.#users.indexOf(user) as number);
    const items = Int32Array.from(asked, ({ item }) => this.#items.indexOf(item) as number);
    const scores = asked.length > 0 ? await scorer.score(users, items) : new Float32Array(0);
    let at = 0;
    return found.map((pair) =>
      pair.missing
        ? { ...pair, score: null }
        : { ...pair, score: this.#shown(scores[at++] as number, this.#parts.method) },
    );
  }

  #pair(user: string, item: string): Omit<ScoredPair, "score"> {
    const row = this.#users.indexOf(user);
    if (row === undefined) return { user, item, missing: "user" };
    if (this.#items.indexOf(item) === undefined) return { user, item, missing: "item" };
    return this.#parts.subjects.knows(row) ? { user, item } : { user, item, missing: "history" };
  }

  get context(): readonly string[] {
    return this.#parts.context;
  }

  get deeds(): Deeds {
    return this.#parts.deeds;
  }

  get itemCount(): number {
    return this.#items.size;
  }

  async past(who: Who): Promise<readonly string[]> {
    const { subject } = await this.#parts.subjects.recognize(who);
    return Array.from(subject.past.items, (item) => this.#items.at(item));
  }

  async itemVectors(
    ids: readonly Id[],
  ): Promise<{ readonly values: Float32Array; readonly width: number } | undefined> {
    const items = idTexts(ids, "The items").map((id) => this.#items.indexOf(id) ?? -1);
    return (await this.#parts.vectors())?.rows(items);
  }

  knowsUser(id: Id): boolean {
    return this.#users.indexOf(idText(id, "The user")) !== undefined;
  }

  itemSet(ids: readonly Id[]): ItemSet {
    return new ItemSet(this.#items, this.#items.resolve(idTexts(ids, "The items")).known);
  }

  async itemsWhere(test: (id: string) => boolean): Promise<ItemSet> {
    const found: number[] = [];
    const pause = givesWay();
    for (let item = 0; item < this.#items.size; item++) {
      if (test(this.#items.at(item))) found.push(item);
      if (item % 64 === 0) await pause();
    }
    return new ItemSet(this.#items, Int32Array.from(found));
  }

  ready(): Promise<void> {
    return this.#parts.ready;
  }

  dispose(): void {
    this.#parts.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What was asked for, as it is; otherwise ten, or the whole of a smaller catalogue. Throws CONFIG_VALUE. */
  #length(k: number | undefined): number {
    const { size } = this.#items;
    return checkK(k ?? Math.min(DEFAULT_K, size), size);
  }

  #list({ items, scores }: Best, method?: Method, explanation?: Explanation): RecommendedItem[] {
    const found = Array.from(items).filter((item) => item >= 0);
    return found.map((item, i) => {
      const { why, method: other, members } = explanation?.reasons[i] ?? {};
      const reasons = { ...(why && { why }), ...(other && { explanation: other }), ...(members && { members }) };
      return { item: this.#items.at(item), score: this.#shown(scores[i] as number, method), ...reasons };
    });
  }

  /** A predicted rating is kept on its scale; other scores have none. */
  #shown(score: number, method: Method | undefined): number {
    const predicts = method === "model" || method === "fold-in";
    return this.#parts.scale && predicts ? clipped(this.#parts.scale, score) : score;
  }
}
