import { type Csr, type DataMatrices, stack } from "../core/csr.ts";
import type { Engine } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import { describing } from "./known-features.ts";
import { once } from "./once.ts";
import { along } from "./symmetric.ts";
import { dependsOn, isHistory, narrowed, type Parameters, withUsers } from "./tables.ts";

/** Scores of some items, and each score's slope along the user's row: `[items, width]`. */
export interface Scored {
  readonly score: Float32Array;
  readonly slope: Float32Array;
}

export interface UserScoreInput {
  readonly engine: Engine;
  /** user, item → `score`, `gradient`. It scores as answers do: with frozen statistics and without dropout. */
  readonly plan: Plan;
  readonly parameters: Parameters;
  /** Tables with a row per user, in the order of the gradient's columns. */
  readonly tables: readonly string[];
  readonly users: number;
  /** What the plan reads of the data; of items. */
  readonly data?: DataMatrices | undefined;
  /** What is known of the user besides: one row. Default: nothing. */
  readonly features?: Csr | undefined;
  /** What the user did, for scores that look at it: item indices, ascending. Default: nothing. */
  readonly history?: Int32Array | undefined;
}

/** A run's score as a function of a user's row: the rows of all user tables, one after the other. */
export class UserScore {
  readonly width: number;
  readonly #input: UserScoreInput;
  readonly #widths: readonly number[];
  /** Whether every item's slope is the same for all rows: one look then tells every score. */
  readonly #isAffine: boolean;
  /** Whether it looks at what the user did, besides their row. */
  readonly seesHistory: boolean;

  constructor(input: UserScoreInput) {
    const { tables, parameters, users, plan } = input;
    this.#input = input;
    this.#isAffine = !dependsOn(plan, "gradient", tables);
    this.seesHistory = plan.instructions.some(isHistory);
    this.#widths = tables.map((name) => (parameters[name] as Float32Array).length / users);
    this.width = this.#widths.reduce((sum, width) => sum + width, 0);
  }

  /** The same scores for somebody of whom this is known. */
  knowing(features: Csr): UserScore {
    return new UserScore({ ...this.#input, features });
  }

  /** The same scores for somebody who did this. */
  seeing(history: Int32Array): UserScore {
    return this.seesHistory ? new UserScore({ ...this.#input, history }) : this;
  }

  /** The row of a user of the run. */
  rowOf(user: number): Float64Array {
    const { tables, parameters } = this.#input;
    const row = new Float64Array(this.width);
    let start = 0;
    for (const [t, name] of tables.entries()) {
      const width = this.#widths[t] as number;
      row.set((parameters[name] as Float32Array).subarray(user * width, (user + 1) * width), start);
      start += width;
    }
    return row;
  }

  /** The rows as tables of so many users. */
  tablesOf(rows: readonly Float64Array[]): Record<string, Float32Array> {
    let start = 0;
    const tables = this.#input.tables.map((name, t) => {
      const width = this.#widths[t] as number;
      const table = new Float32Array(rows.length * width);
      for (const [i, row] of rows.entries()) table.set(row.subarray(start, start + width), i * width);
      start += width;
      return [name, table];
    });
    return Object.fromEntries(tables);
  }

  /** Scores and slopes of these items for any row. */
  over(items: Int32Array): (row: Float64Array) => Promise<Scored> {
    const nothing = new Float32Array(0);
    if (items.length === 0) return async () => ({ score: nothing, slope: nothing });
    const ask = this.#asking(items, 1);
    const feeds = { user: new Int32Array(items.length), item: Int32Array.from(items.keys()) };
    const look = async (row: Float64Array) => {
      const { score, gradient } = (await ask([row], feeds)) as Record<"score" | "gradient", Float32Array>;
      return { score, slope: gradient };
    };
    if (!this.#isAffine) return look;
    const origin = once(() => look(new Float64Array(this.width)));
    return async (row) => {
      const { score, slope } = await origin();
      const moved = along(slope, row);
      return { score: score.map((value, i) => value + (moved[i] as number)), slope };
    };
  }

  /** Scores of each item (columns) for each row. */
  async scores(rows: readonly Float64Array[], items: Int32Array): Promise<Float32Array> {
    const size = rows.length * items.length;
    const user = Int32Array.from({ length: size }, (_, i) => Math.floor(i / items.length));
    const item = Int32Array.from({ length: size }, (_, i) => i % items.length);
    const found = await this.#asking(items, rows.length)(rows, { user, item });
    return found["score"] as Float32Array;
  }

  #asking(items: Int32Array, rowCount: number) {
    const { engine, plan, parameters, tables, data, features, history } = this.#input;
    const few = narrowed(plan, parameters, "item", items, data);
    const own = withUsers(few.plan, tables, rowCount);
    const done = stack(Array<Int32Array>(rowCount).fill(history ?? new Int32Array(0)));
    const known = { ...describing(few.data, features, rowCount), history: done };
    return (rows: readonly Float64Array[], feeds: { user: Int32Array; item: Int32Array }) =>
      engine.evaluate(own, { ...few.parameters, ...this.tablesOf(rows) }, feeds, 0, known);
  }
}
