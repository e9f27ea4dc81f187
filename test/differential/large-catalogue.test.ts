import { describe, expect, test } from "vitest";
import { hash, unit } from "../../src/core/random.ts";
import type { Engine } from "../../src/engine/contract.ts";
import { loadEngine } from "../../src/engine/index.ts";
import { bprMf } from "../../src/models/index.ts";
import { scorePlan } from "../../src/nn/plans.ts";
import { nativeEngine } from "../support/native-engine.ts";

/** More items than the native core takes to look at whole numbers first. */
const [USERS, ITEMS, FACTORS, K] = [5, 33_000, 16, 20];

const native = await nativeEngine();
const engines: readonly Engine[] = [...(native.engine ? [native.engine] : []), await loadEngine("wasm")];
if (!native.engine) describe("native engine", () => test.skip(native.reason, () => {}));

/** Every eleventh item is the one before it again, so that there are ties wherever a list ends. */
const rowOf = (item: number): number => (item % 11 === 10 ? item - 1 : item);
const draw = (table: number, row: number, factor: number): number => unit(hash(17, table, row, factor)) - 0.5;
const table = (which: number, rows: number, width: number, row: (at: number) => number = (at) => at): Float32Array =>
  Float32Array.from({ length: rows * width }, (_, i) => draw(which, row(Math.floor(i / width)), i % width));

const catalog = { users: USERS, items: ITEMS, meanValue: 1, itemCounts: new Float32Array(ITEMS).fill(1) };
const spec = {
  plan: scorePlan(bprMf({ factors: FACTORS }), catalog),
  parameters: {
    "factors/user": table(1, USERS, FACTORS),
    "factors/item": table(2, ITEMS, FACTORS, rowOf),
    "bias/item": table(3, ITEMS, 1, rowOf),
  },
  ...{ users: USERS, items: ITEMS, threads: 2 },
};
const everybody = Int32Array.from({ length: USERS }, (_, user) => user);

describe.each(engines)("lists of a large catalogue, $name", (engine) => {
  test("are those of all scores, of equal ones the lower item first, what is excluded left out", async () => {
    using scorer = await engine.scorer(spec);
    const everything = Int32Array.from({ length: ITEMS }, (_, item) => item);
    const expected: number[] = [];
    const excluded: number[][] = [];
    for (const user of everybody) {
      const scores = await scorer.score(new Int32Array(ITEMS).fill(user), everything);
      const best = [...everything].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
      const out = best.filter((_, place) => place < 30 && place % 3 === 1).sort((a, b) => a - b);
      excluded.push(out);
      expected.push(...best.filter((item) => !out.includes(item)).slice(0, K));
    }
    const offsets = Int32Array.from([0, ...excluded.map((_, user) => excluded.slice(0, user + 1).flat().length)]);
    const exclude = { offsets, items: Int32Array.from(excluded.flat()) };
    const { items, scores } = await scorer.topK({ users: everybody, k: K, exclude });
    expect([...items]).toEqual(expected);
    const again = await scorer.score(
      Int32Array.from(items, (_, at) => Math.floor(at / K)),
      items,
    );
    expect(Math.max(...scores.map((score, at) => Math.abs(score - (again[at] as number))))).toBeLessThan(1e-6);
  });

  test("are the same for one user and for many at once", async () => {
    using scorer = await engine.scorer(spec);
    const together = await scorer.topK({ users: everybody, k: K });
    for (const user of everybody) {
      const alone = await scorer.topK({ users: Int32Array.of(user), k: K });
      expect(alone.items).toEqual(together.items.subarray(user * K, (user + 1) * K));
      expect(alone.scores).toEqual(together.scores.subarray(user * K, (user + 1) * K));
    }
  });
});
