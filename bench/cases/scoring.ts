import { sameLists } from "../agreement.ts";
import type { Contender, Turn } from "../contest.ts";
import type { Case, Context } from "../context.ts";
import { catalogOf } from "../data/dataset.ts";
import { type PeerPlan, startPeer } from "../peer.ts";
import { initialParameters, type Model, type Plan, type Scorer, scorePlan } from "../penchant.ts";
import { runContest } from "../run-contest.ts";
import { scoringWork } from "../work.ts";
import { SEED } from "./specs.ts";

/** Length of a list. */
export const K = 10;
/** Users of one request: some dozens of milliseconds of work, so that a turn ends in time. */
const CHUNK = 1024;
/** Users whose lists are compared. */
const COMPARED = 1000;

type Parameters = Readonly<Record<string, Float32Array>>;

export interface ScoringCase {
  readonly id: string;
  readonly title: string;
  readonly model: Model;
  /** What the work is counted in: every user of a turn counts so much. */
  readonly unit: "users/s" | "pairs/s";
  readonly target: number;
  readonly notes: readonly string[];
  /** First values are too small to rank by; they are scaled by this. */
  readonly spread: number;
  peers(context: Context): readonly PeerPlan[];
  readonly beside?: readonly string[];
}

/** Lists of the best unseen items of all users, one request after the other, from the first user again after the last. */
class ScoringContender implements Contender {
  readonly name: string;
  readonly #context: Context;
  readonly #plan: Plan;
  readonly #parameters: Parameters;
  readonly #unitsPerUser: number;
  #next = 0;

  constructor(name: string, context: Context, plan: Plan, parameters: Parameters, unitsPerUser: number) {
    this.name = name;
    this.#context = context;
    this.#plan = plan;
    this.#parameters = parameters;
    this.#unitsPerUser = unitsPerUser;
  }

  scorer(): Promise<Scorer> {
    const { data, engine, threads } = this.#context;
    return engine.scorer({
      plan: this.#plan,
      parameters: this.#parameters,
      users: data.users,
      items: data.items,
      threads,
    });
  }

  lists(scorer: Scorer, first: number, last: number) {
    const { offsets, items } = this.#context.data.train;
    const start = offsets[first] ?? 0;
    const users = Int32Array.from({ length: last - first }, (_, i) => first + i);
    const exclude = {
      offsets: offsets.slice(first, last + 1).map((offset) => offset - start),
      items: items.subarray(start, offsets[last]),
    };
    return scorer.topK({ users, k: K, exclude });
  }

  /** The scorer is made anew each time: what it computes once for the model is part of the work. */
  async run(seconds: number): Promise<Turn> {
    const { users } = this.#context.data;
    const start = performance.now();
    using scorer = await this.scorer();
    let [done, elapsed] = [0, 0];
    while (elapsed < seconds) {
      const last = Math.min(this.#next + CHUNK, users);
      await this.lists(scorer, this.#next, last);
      done += last - this.#next;
      this.#next = last % users;
      elapsed = (performance.now() - start) / 1000;
    }
    return { units: done * this.#unitsPerUser, seconds: elapsed };
  }

  async top(users: number): Promise<number[][]> {
    using scorer = await this.scorer();
    const { items } = await this.lists(scorer, 0, users);
    return Array.from({ length: users }, (_, row) => [...items.subarray(row * K, (row + 1) * K)]);
  }
}

export const scoringCase = (test: ScoringCase): Case => ({
  id: test.id,
  async run(context) {
    const { data, engine, folder, pythons, threads } = context;
    const catalog = catalogOf(data);
    const plan = scorePlan(test.model, catalog);
    const parameters = spreadOut(initialParameters(plan, catalog, SEED), test.spread);
    folder.writeAll(parameters);
    folder.writeRows(data.train);
    const perUser = test.unit === "pairs/s" ? data.items : 1;
    const ours = new ScoringContender(
      `Penchant (${engine.name}, ${threads} threads)`,
      context,
      plan,
      parameters,
      perUser,
    );
    const { flops, bytes } = scoringWork(plan, data.users, data.items);
    const pairs = data.items / perUser;
    return await runContest(
      {
        ...test,
        ours,
        peers: test.peers(context).map((peer) => () => startPeer(pythons.main, peer)),
        work: { flops: flops * pairs, bytes: bytes * pairs },
        async agree(present) {
          const compared = Math.min(COMPARED, data.users);
          const own = await ours.top(compared);
          const counting = present.filter(({ name }) => !test.beside?.includes(name));
          return Promise.all(
            counting.map(async ({ name, call }) =>
              sameLists(name, own, await call<number[][]>("top", { users: compared })),
            ),
          );
        },
      },
      context,
    );
  },
});

/** Values far enough apart that float32 sums in another order do not change who is first. */
function spreadOut(parameters: Parameters, factor: number): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [
      name,
      /user|item/.test(name) ? values.map((value) => value * factor) : values,
    ]),
  );
}
