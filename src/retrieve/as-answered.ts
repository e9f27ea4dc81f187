/** Scores by which users are measured: of those whom a run has learned nothing of, the ones that they are answered by. */
import { type Artifact, isEnsemble, type Saved } from "../artifact/types.ts";
import type { Scorer, TopK } from "../engine/contract.ts";
import { itemScores } from "../evaluate/index.ts";
import { bestOf } from "./best.ts";
import { featuresOfUser, pickedRows } from "./known-features.ts";

/**
 * Users without events in training and without features are answered by popularity, for their rows are still those that training began
 * with; so they are measured by it, as log-odds that somebody has met the item, which order as counts do and are logits where scores are. Models of ratings
 * foretell the rating that anybody would give.
 */
export function asAnswered(scorer: Scorer, saved: Saved): Scorer {
  const users = strangersOf(saved);
  return users.length === 0 ? scorer : new AnsweredScorer(scorer, new Set(users), oddsOf(saved));
}

/** Users of a run who are so answered, ascending. */
export function strangersOf(saved: Saved): readonly number[] {
  if (saved.metadata.model.task === "rating") return [];
  const members: readonly Artifact[] = isEnsemble(saved) ? saved.members.map(({ artifact }) => artifact) : [saved];
  const isKnown = (member: Artifact, user: number): boolean => {
    const { offsets } = member.history;
    return offsets[user + 1] !== offsets[user] || (featuresOfUser(member, user)?.items.length ?? 0) > 0;
  };
  return Array.from(saved.users.keys()).filter((user) => members.every((member) => !isKnown(member, user)));
}

function oddsOf({ popularity, users }: Saved): Float32Array {
  return popularity.map((count) => Math.log((count + 0.5) / (Math.max(users.length, count) - count + 0.5)));
}

class AnsweredScorer implements Scorer {
  readonly #own: Scorer;
  readonly #strangers: ReadonlySet<number>;
  readonly #popularity: Float32Array;
  readonly #anybody: ReturnType<typeof itemScores>;

  constructor(own: Scorer, strangers: ReadonlySet<number>, popularity: Float32Array) {
    this.#own = own;
    this.#strangers = strangers;
    this.#popularity = popularity;
    this.#anybody = itemScores(popularity);
  }

  async score(users: Int32Array, items: Int32Array): Promise<Float32Array> {
    const scores = await this.#own.score(users, items);
    return scores.map((score, at) =>
      this.#strangers.has(users[at] as number) ? (this.#popularity[items[at] as number] as number) : score,
    );
  }

  async topK(request: Parameters<Scorer["topK"]>[0]): Promise<TopK> {
    const best = await this.#own.topK(request);
    const { k, exclude, candidates } = request;
    const only = candidates && new Set(candidates);
    for (const row of this.#rows(request)) {
      const left = new Set(exclude?.items.subarray(exclude.offsets[row], exclude.offsets[row + 1]));
      const own = bestOf(this.#popularity, k, (item) => !left.has(item) && (only?.has(item) ?? true));
      best.items.fill(-1, row * k, (row + 1) * k).set(own.items, row * k);
      best.scores.fill(Number.NEGATIVE_INFINITY, row * k, (row + 1) * k).set(own.scores, row * k);
    }
    return best;
  }

  async ranks(request: Parameters<Scorer["ranks"]>[0]) {
    const ranks = await this.#own.ranks(request);
    const { users, targets, exclude } = request;
    const rows = Int32Array.from(this.#rows(request));
    const strangers = { users: rows.map((row) => users[row] as number), targets: pickedRows(targets, rows) };
    const own = await this.#anybody.ranks({ ...strangers, ...(exclude && { exclude: pickedRows(exclude, rows) }) });
    for (const [i, row] of rows.entries()) {
      const [from, to] = [strangers.targets.offsets[i] as number, strangers.targets.offsets[i + 1] as number];
      ranks.greater.set(own.greater.subarray(from, to), targets.offsets[row]);
      ranks.equal.set(own.equal.subarray(from, to), targets.offsets[row]);
      ranks.candidates[row] = own.candidates[i] as number;
    }
    return ranks;
  }

  dispose(): void {
    this.#own.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #rows({ users }: { readonly users: Int32Array }): number[] {
    return [...users.keys()].filter((row) => this.#strangers.has(users[row] as number));
  }
}
