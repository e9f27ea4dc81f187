import { rowOf } from "../core/csr.ts";
import { catalogueScores, type Fusion, fusable, fused, type PairScores } from "../core/fuse.ts";
import type { RankRequest, Ranks, Scorer, TopK, TopKRequest } from "../engine/contract.ts";
import { bestOf } from "./best.ts";

/** A model that takes part, and how much it counts. */
export interface Weighted {
  readonly scorer: PairScores;
  readonly weight: number;
}

export interface FusedSpec {
  readonly members: readonly Weighted[];
  readonly fusion: Fusion;
  readonly items: number;
}

/** Scores that are held at once: enough users to keep an engine busy, few enough that memory stays small. */
const SCORES = 1 << 21;

/**
 * One scorer made of several. What a model's score is worth depends on its scores of all items (see `core/fuse.ts`), so that a pair asks
 * for the whole row of its user; rows of the latest users are kept.
 */
export class FusedScorer implements Scorer {
  readonly #spec: FusedSpec;
  readonly #dispose: () => void;
  #kept: { readonly users: Int32Array; readonly rows: readonly Float32Array[] } | undefined;

  /** `dispose` frees what the members hold. */
  constructor(spec: FusedSpec, dispose: () => void) {
    this.#spec = spec;
    this.#dispose = dispose;
  }

  async score(users: Int32Array, items: Int32Array): Promise<Float32Array> {
    const scores = new Float32Array(users.length);
    const pairs = new Map<number, number[]>();
    for (const [pair, user] of users.entries()) {
      const own = pairs.get(user);
      if (own) own.push(pair);
      else pairs.set(user, [pair]);
    }
    await this.#each(Int32Array.from(pairs.keys()), (row, user) => {
      for (const pair of pairs.get(user) ?? []) scores[pair] = row[items[pair] as number] as number;
    });
    return scores;
  }

  async topK({ users, k, exclude, candidates }: TopKRequest): Promise<TopK> {
    const items = new Int32Array(users.length * k).fill(-1);
    const scores = new Float32Array(users.length * k).fill(Number.NEGATIVE_INFINITY);
    const only = candidates && new Set(candidates);
    await this.#each(users, (row, _user, at) => {
      const left = new Set(exclude && rowOf(exclude, at));
      const best = bestOf(row, k, (item) => !left.has(item) && (only?.has(item) ?? true));
      items.set(best.items, at * k);
      scores.set(best.scores, at * k);
    });
    return { items, scores };
  }

  async ranks({ users, targets, exclude }: RankRequest): Promise<Ranks> {
    const greater = new Int32Array(targets.items.length);
    const equal = new Int32Array(targets.items.length);
    const candidates = new Int32Array(users.length);
    await this.#each(users, (row, _user, at) => {
      const own = rowOf(targets, at);
      const isRanked = new Uint8Array(row.length).fill(1);
      for (const item of exclude ? rowOf(exclude, at) : []) isRanked[item] = 0;
      for (const item of own) isRanked[item] = 1;
      candidates[at] = isRanked.reduce((sum, one) => sum + one, 0);
      for (const [t, target] of own.entries()) {
        const score = row[target] as number;
        let [higher, same] = [0, -1]; // itself
        for (let item = 0; item < row.length; item++) {
          if (isRanked[item] === 0) continue;
          const other = row[item] as number;
          if (other > score) higher++;
          else if (other === score) same++;
        }
        const place = (targets.offsets[at] as number) + t;
        [greater[place], equal[place]] = [higher, same];
      }
    });
    return { greater, equal, candidates };
  }

  dispose(): void {
    this.#dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Calls `visit` with every user's row of scores, and the user's place in the request. */
  async #each(users: Int32Array, visit: (row: Float32Array, user: number, at: number) => void): Promise<void> {
    const size = Math.max(1, Math.floor(SCORES / this.#spec.items));
    for (let start = 0; start < users.length; start += size) {
      const block = users.subarray(start, start + size);
      for (const [i, row] of (await this.#rows(block)).entries()) visit(row, block[i] as number, start + i);
    }
  }

  async #rows(users: Int32Array): Promise<readonly Float32Array[]> {
    const kept = this.#kept;
    if (kept?.users.length === users.length && kept.users.every((user, i) => user === users[i])) return kept.rows;
    const { members, fusion, items } = this.#spec;
    const weights = members.map(({ weight }) => weight);
    const blocks = await Promise.all(members.map(({ scorer }) => catalogueScores(scorer, users, items)));
    const rows = Array.from(users, (_, row) =>
      fused(
        blocks.map((scores) => fusable(scores.subarray(row * items, (row + 1) * items), fusion)),
        weights,
      ),
    );
    this.#kept = { users: users.slice(), rows };
    return rows;
  }
}
