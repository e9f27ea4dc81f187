import { fail } from "../../core/errors.ts";
import { turn } from "../../core/turns.ts";
import type { Csr, RankRequest, Ranks, Scorer, ScoreSpec, TopK, TopKRequest } from "../contract.ts";
import { matricesOf } from "../data.ts";
import { run } from "./evaluate.ts";
import { checkScoringPlan, givesRows } from "./outputs.ts";
import { bindParameters } from "./parameters.ts";

/** Pairs scored before other work of the process gets its turn. */
const SLICE = 4096;

/** Scoring as it is defined: every pair through the plan, scores rounded to float32, then compared. */
export class ReferenceScorer implements Scorer {
  readonly #spec: ScoreSpec;
  readonly #parameters: Record<string, Float64Array>;
  #disposed = false;

  constructor(spec: ScoreSpec) {
    checkScoringPlan(spec.plan, spec.items);
    matricesOf(spec.plan, spec.data);
    this.#spec = spec;
    this.#parameters = bindParameters(spec.plan, spec.parameters);
  }

  async score(users: Int32Array, items: Int32Array): Promise<Float32Array> {
    if (this.#disposed) fail("ENGINE_DISPOSED", { what: "The scorer was disposed" });
    this.#checkIds("user", users, this.#spec.users);
    this.#checkIds("item", items, this.#spec.items);
    if (users.length !== items.length) {
      fail("ENGINE_INPUT", {
        what: "Pairs need as many users as items",
        received: `${users.length} and ${items.length}`,
      });
    }
    if (givesRows(this.#spec.plan)) return this.#scoreByRows(users, items);
    const scores = new Float32Array(users.length);
    for (let start = 0; start < users.length; start += SLICE) {
      const end = Math.min(start + SLICE, users.length);
      const feeds = { user: users.subarray(start, end), item: items.subarray(start, end) };
      scores.set(this.#run(end - start, feeds), start);
      await turn();
    }
    const strange = scores.findIndex((score) => !Number.isFinite(score));
    if (strange >= 0) refuse(users[strange] as number, items[strange] as number);
    return scores;
  }

  /** Each user's row, once where its pairs follow each other. */
  async #scoreByRows(users: Int32Array, items: Int32Array): Promise<Float32Array> {
    const scores = new Float32Array(users.length);
    let row: Float64Array = new Float64Array();
    for (const [i, user] of users.entries()) {
      if (i === 0 || user !== users[i - 1]) {
        row = this.#run(1, { user: Int32Array.of(user) });
        await turn();
      }
      scores[i] = row[items[i] as number] as number;
    }
    return scores;
  }

  #run(rows: number, feeds: Readonly<Record<string, Int32Array>>): Float64Array {
    const { plan, data } = this.#spec;
    return run(plan, rows, this.#parameters, feeds, undefined, data)["score"] as Float64Array;
  }

  async topK({ users, k, exclude, candidates }: TopKRequest): Promise<TopK> {
    if (candidates?.some((item, i) => i > 0 && item <= at(candidates, i - 1))) {
      fail("ENGINE_INPUT", { what: "Candidates are not in ascending order" });
    }
    const places = users.length * k;
    const result = { items: new Int32Array(places).fill(-1), scores: new Float32Array(places).fill(-Infinity) };
    for (const [row, user] of users.entries()) {
      const left = new Set(exclude && rowOf(exclude, row));
      const ranked = (candidates ?? this.#catalogue()).filter((item) => !left.has(item));
      const scores = await this.#scoreUser(user, ranked);
      const order = [...ranked.keys()].sort((a, b) => at(scores, b) - at(scores, a) || at(ranked, a) - at(ranked, b));
      for (const [place, index] of order.slice(0, k).entries()) {
        result.items[row * k + place] = at(ranked, index);
        result.scores[row * k + place] = at(scores, index);
      }
    }
    return result;
  }

  async ranks({ users, targets, exclude }: RankRequest): Promise<Ranks> {
    const ranks: Ranks = {
      greater: new Int32Array(targets.items.length),
      equal: new Int32Array(targets.items.length),
      candidates: new Int32Array(users.length),
    };
    for (const [row, user] of users.entries()) {
      const relevant = rowOf(targets, row);
      const left = new Set(exclude && rowOf(exclude, row));
      for (const item of relevant) left.delete(item);
      const ranked = this.#catalogue().filter((item) => !left.has(item));
      const scores = await this.#scoreUser(user, ranked);
      ranks.candidates[row] = ranked.length;
      for (const [i, item] of relevant.entries()) {
        const own = at(scores, ranked.indexOf(item));
        const place = at(targets.offsets, row) + i;
        ranks.greater[place] = scores.filter((score) => score > own).length;
        ranks.equal[place] = scores.filter((score) => score === own).length - 1;
      }
    }
    return ranks;
  }

  dispose(): void {
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #catalogue(): Int32Array {
    return Int32Array.from({ length: this.#spec.items }, (_, item) => item);
  }

  #scoreUser(user: number, items: Int32Array): Promise<Float32Array> {
    return this.score(new Int32Array(items.length).fill(user), items);
  }

  #checkIds(what: string, ids: Int32Array, count: number): void {
    const wrong = ids.find((id) => id < 0 || id >= count);
    if (wrong === undefined) return;
    fail("ENGINE_INPUT", { what: `There is no ${what} ${wrong}`, expected: `0 to ${count - 1}`, received: `${wrong}` });
  }
}

/** There is no order among such scores, and a list that passes over them looks like any other. */
function refuse(user: number, item: number): never {
  fail("EVAL_SCORES", {
    what: `The score of user index ${user} and item index ${item} is not a finite number`,
    details: { user, item },
  });
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
const rowOf = ({ offsets, items }: Csr, row: number): Int32Array => items.subarray(offsets[row], offsets[row + 1]);
