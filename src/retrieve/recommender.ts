import type { Artifact } from "../artifact/types.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import { type Best, bestOf } from "./best.ts";
import { checkK } from "./check.ts";
import { Explainer, type Explanation } from "./explain.ts";
import { Ids } from "./ids.ts";
import { ItemVectors } from "./item-vectors.ts";
import { learningOf } from "./learning.ts";
import { once } from "./once.ts";
import { oneRow, stack, union } from "./rows.ts";
import { Subjects } from "./subjects.ts";
import type {
  Method,
  Recommendations,
  RecommendedItem,
  Recommender,
  RecommendOptions,
  SimilarItems,
  Who,
} from "./types.ts";

export interface RecommenderOptions {
  /** Threads of the engine; 0 takes every core. Default 0. */
  readonly threads?: number | undefined;
}

/** Users of one block of `recommendAll`. */
const BLOCK = 512;
const DEFAULT_K = 10;

/** A saved run that answers. Needs no training code and no original data. */
export function createRecommender(artifact: Artifact, engine: Engine, options: RecommenderOptions = {}): Recommender {
  return new ArtifactRecommender(artifact, engine, options);
}

class ArtifactRecommender implements Recommender {
  readonly #users: Ids;
  readonly #items: Ids;
  readonly #scorer: Scorer;
  readonly #subjects: Subjects;
  readonly #explainer: Explainer;
  /** How users of the run are answered. */
  readonly #method: Method;
  /** Undefined for baselines, whose item tables are not learned. */
  readonly #vectors: () => ItemVectors | undefined;

  constructor(artifact: Artifact, engine: Engine, { threads = 0 }: RecommenderOptions) {
    const { plans, parameters } = artifact;
    const [users, items] = [new Ids(artifact.users), new Ids(artifact.items)];
    const learning = learningOf(artifact.metadata);
    const scorer = engine.scorer({ plan: plans.score, parameters, users: users.size, items: items.size, threads });
    const plan = learning && plans.itemVectors;
    this.#method = learning ? "model" : "baseline";
    this.#users = users;
    this.#items = items;
    this.#scorer = scorer;
    this.#subjects = new Subjects({ artifact, engine, scorer, users, items, learning });
    this.#explainer = new Explainer(engine, artifact, items, learning);
    this.#vectors = once(() => plan && new ItemVectors(engine, plan, parameters, items.size));
  }

  async recommend(who: Who, options: RecommendOptions = {}): Promise<Recommendations> {
    const k = this.#length(options.k);
    const { subject, ignored } = await this.#subjects.recognize(who);
    const exclude = this.#excluded(options.exclude, subject.past.items);
    const candidates = options.candidates && this.#items.resolve(options.candidates);
    const best = await subject.top(k, { exclude: oneRow(exclude.known), candidates: candidates?.known });
    const explanation = options.why ? this.#explainer.explain(subject, best.items) : undefined;
    const strangers = [...new Set([...ignored, ...exclude.unknown, ...(candidates?.unknown ?? [])])];
    return {
      user: typeof who === "string" ? who : null,
      known: subject.method !== "popularity",
      method: subject.method,
      items: this.#list(best, explanation),
      ...(explanation && { explanation: explanation.method }),
      ...(strangers.length > 0 && { ignored: strangers }),
    };
  }

  async similar(itemId: string, options: { readonly k?: number | undefined } = {}): Promise<SimilarItems> {
    const item = this.#items.requireItem(itemId);
    const k = this.#length(options.k);
    const vectors = this.#vectors();
    const scores = (vectors ?? this.#explainer.coOccurrence()).toAll(item);
    // Never met together is no similarity; a negative cosine is one, if a poor one.
    const counts = (other: number) => vectors !== undefined || (scores[other] as number) > 0;
    const best = bestOf(scores, k, (other) => other !== item && counts(other));
    return { item: itemId, method: vectors ? "cosine" : "co-occurrence", items: this.#list(best) };
  }

  async *recommendAll(options: Pick<RecommendOptions, "k" | "exclude"> = {}): AsyncGenerator<Recommendations> {
    const k = this.#length(options.k);
    for (let start = 0; start < this.#users.size; start += BLOCK) {
      const users = Int32Array.from({ length: Math.min(BLOCK, this.#users.size - start) }, (_, i) => start + i);
      const pasts = Array.from(users, (user) => this.#subjects.historyOf(user).items);
      const exclude = stack(pasts.map((past) => this.#excluded(options.exclude, past).known));
      const { items, scores } = await this.#scorer.topK({ users, k, exclude });
      for (const [row, past] of pasts.entries()) {
        const user = this.#users.at(start + row);
        const places = [row * k, (row + 1) * k] as const;
        const best = { items: items.subarray(...places), scores: scores.subarray(...places) };
        // Those without a history get what they get when they are asked for alone.
        if (past.length === 0) yield await this.recommend(user, options);
        else yield { user, known: true, method: this.#method, items: this.#list(best) };
      }
    }
  }

  dispose(): void {
    this.#scorer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What was asked for, as it is; otherwise ten, or the whole of a smaller catalogue. Throws CONFIG_VALUE. */
  #length(k: number | undefined): number {
    const { size } = this.#items;
    return checkK(k ?? Math.min(DEFAULT_K, size), size);
  }

  #list({ items, scores }: Best, explanation?: Explanation): RecommendedItem[] {
    const found = Array.from(items).filter((item) => item >= 0);
    return found.map((item, i) => {
      const { why, method } = explanation?.reasons[i] ?? {};
      const reasons = { ...(why && { why }), ...(method && { explanation: method }) };
      return { item: this.#items.at(item), score: scores[i] as number, ...reasons };
    });
  }

  #excluded(exclude: RecommendOptions["exclude"], seen: Int32Array): { known: Int32Array; unknown: readonly string[] } {
    if (exclude === "none") return { known: new Int32Array(0), unknown: [] };
    if (exclude === undefined || exclude === "seen") return { known: seen, unknown: [] };
    const { known, unknown } = this.#items.resolve(exclude);
    return { known: union(seen, known), unknown };
  }
}
