import { describe, expect, test } from "vitest";
import type { Csr } from "../core/csr.ts";
import { below, hash } from "../core/random.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import type { Plan } from "../graph/plan.ts";
import type { Model } from "../nn/model.ts";
import { historyPlans, scorePlan } from "../nn/plans.ts";
import { gfCf, itemKnn, pureSvd, rp3Beta, slim, userKnn } from "./index.ts";

const [users, items] = [14, 9];
/** Who did what; item 8 nobody. */
const did = Array.from({ length: users }, (_, u) =>
  Array.from({ length: items }, (_, i) => (i < items - 1 && below(hash(3, u, i), 5) < 2 ? 1 : 0)),
);
const rows = did.map((row) => row.flatMap((one, item) => (one ? [item] : [])));
const history = {
  offsets: Int32Array.from([0, ...rows.map((_, u) => rows.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(rows.flat()),
  columns: items,
};
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const counts = Array.from({ length: items }, (_, i) => sum(did.map((row) => row[i] as number)));
const catalog = { users, items, meanValue: 1, itemCounts: Float32Array.from(counts) };

const none: Csr = { offsets: new Int32Array(), items: new Int32Array() };

/** Scores `[users][items]` of a model that the reference solved. */
async function scores(model: Model, plan: Plan = scorePlan(model, catalog)): Promise<number[][]> {
  const control = { threads: 1 };
  const problem = { catalog, interactions: history, solver: referenceEngine.solver, control, seed: 1 };
  const solved = await model.solve?.(problem);
  const user = Int32Array.from({ length: users }, (_, u) => u);
  const data = { history, ...solved?.matrices };
  const found = await referenceEngine.evaluate(plan, solved?.parameters ?? {}, { user, item: user }, 0, data);
  return did.map((_, u) => [...(found["score"] ?? [])].slice(u * items, (u + 1) * items));
}

const expectScores = (found: number[][], expected: number[][]) => {
  for (const [u, row] of expected.entries()) {
    for (const [i, value] of row.entries()) expect(found[u]?.[i], `user ${u} item ${i}`).toBeCloseTo(value, 5);
  }
};

describe("item-knn", () => {
  test("averages how far the history is from its means, weighed by similarity", async () => {
    const column = (item: number) => did.map((row) => row[item] as number);
    const cosine = (a: number, b: number) => {
      const shared = sum(column(a).map((one, u) => one * (column(b)[u] as number)));
      return a === b || shared === 0 ? 0 : shared / Math.sqrt((counts[a] as number) * (counts[b] as number));
    };
    const mean = (item: number) => (counts[item] as number) / users;
    const expected = did.map((row) =>
      row.map((_, i) => {
        const similarities = row.map((_, j) => cosine(i, j));
        const total = sum(similarities);
        const far = sum(similarities.map((value, j) => value * ((row[j] as number) - mean(j))));
        return mean(i) + (total > 0 ? far / total : 0);
      }),
    );
    expectScores(await scores(itemKnn({ neighbours: items, prediction: "average" }) as Model), expected);
  });
});

describe("RP3beta", () => {
  test.each([
    [1, 0],
    [1.3, 0.7],
  ])("alpha %d, beta %d: adds up every walk of three steps", async (alpha, beta) => {
    const expected = did.map((_, u) => {
      const ends = Array<number>(items).fill(0);
      for (const i of rows[u] ?? [])
        for (const v of rows.keys())
          if (did[v]?.[i])
            for (const j of rows[v] ?? []) {
              const step = (1 / (counts[i] as number)) * (1 / (rows[v]?.length ?? 0));
              if (j !== i) ends[j] = (ends[j] as number) + step ** alpha / (counts[j] as number) ** beta;
            }
      return ends;
    });
    expectScores(await scores(rp3Beta({ alpha, beta, neighbours: items, normalize: false })), expected);
  });

  test("keeps the likeliest ends of each item, and of what ends at an item the likeliest begins", async () => {
    const [kept, alpha] = [2, 1.3];
    // Histories of different lengths, so that hardly anything is equally likely.
    const did = [
      [0, 1],
      [0, 1, 2],
      [0, 2, 3, 4],
      [1, 2, 3, 4, 5],
      [0, 1, 3, 4, 5, 6],
      [0, 2, 3, 4, 5, 6, 7],
    ];
    const had = Array.from({ length: items }, (_, i) => did.filter((row) => row.includes(i)).length);
    const walk = (i: number, j: number) =>
      i === j
        ? 0
        : sum(did.map((row) => (row.includes(i) && row.includes(j) ? row.length ** -alpha : 0))) /
          (had[i] || 1) ** alpha;
    const best = (of: (at: number) => number) =>
      [...Array(items).keys()]
        .filter((at) => of(at) > 0)
        .sort((a, b) => (Math.abs(of(b) - of(a)) < 1e-9 ? a - b : of(b) - of(a)))
        .slice(0, kept);
    const ends = [...Array(items).keys()].map((i) => best((j) => walk(i, j)));
    const begins = [...Array(items).keys()].map((j) => best((i) => (ends[i]?.includes(j) ? walk(i, j) : 0)));
    const interactions = {
      ...{ offsets: Int32Array.from([0, ...did.map((_, u) => did.slice(0, u + 1).flat().length)]), columns: items },
      items: Int32Array.from(did.flat()),
    };
    const problem = {
      ...{ catalog: { ...catalog, users: did.length, itemCounts: Float32Array.from(had) }, interactions, seed: 1 },
      ...{ solver: referenceEngine.solver, control: { threads: 1 } },
    };
    const solved = await rp3Beta({ neighbours: kept, alpha, beta: 0, normalize: false }).solve?.(problem);
    const walks = solved?.matrices?.["walks"] ?? none;
    for (let i = 0; i < items; i++) {
      const [from, to] = [walks.offsets[i] ?? 0, walks.offsets[i + 1] ?? 0];
      const expected = (ends[i] ?? []).filter((j) => begins[j]?.includes(i)).sort((a, b) => a - b);
      expect([...walks.items.subarray(from, to)], `from item ${i}`).toEqual(expected);
      for (let e = from; e < to; e++) expect(walks.values?.[e]).toBeCloseTo(walk(i, walks.items[e] as number), 5);
    }
    // Some that many end at lose those that come from the least likely.
    expect(walks.items.length).toBeLessThan(ends.flat().length);
  });

  test("has one vote for each item of a history, and keeps the ends of most walks", async () => {
    const control = { threads: 1 };
    const problem = { catalog, interactions: history, solver: referenceEngine.solver, control, seed: 1 };
    const solved = await rp3Beta({ neighbours: 2 }).solve?.(problem);
    const walks = solved?.matrices?.["walks"];
    expect(walks?.items.length).toBeGreaterThan(items);
    for (let i = 0; i < items; i++) {
      const [from, to] = [walks?.offsets[i] ?? 0, walks?.offsets[i + 1] ?? 0];
      expect(to - from).toBeLessThanOrEqual(2);
      expect(walks?.items.filter((item) => item === i).length).toBeLessThanOrEqual(2);
    }
    const all = await rp3Beta({ neighbours: items }).solve?.(problem);
    const { offsets, values } = all?.matrices?.["walks"] ?? none;
    for (let i = 0; i < items - 1; i++)
      expect(sum([...(values as Float32Array).subarray(offsets[i], offsets[i + 1])])).toBeCloseTo(1, 5);
    expect(offsets[items]).toBe(offsets[items - 1]);
  });
});

describe("SLIM", () => {
  test("is no better off with any other weight", async () => {
    const [l1, l2] = [0.3, 1.5];
    const control = { threads: 1 };
    const problem = { catalog, interactions: history, solver: referenceEngine.solver, control, seed: 1 };
    const solved = await slim({ l1, l2 }).solve?.(problem);
    const { offsets, items: to, values } = solved?.matrices?.["weights"] ?? none;
    const w = did[0]?.map(() => Array<number>(items).fill(0)) ?? [];
    for (let i = 0; i < items; i++)
      for (let e = offsets[i] ?? 0; e < (offsets[i + 1] ?? 0); e++)
        (w[i] as number[])[to[e] as number] = (values as Float32Array)[e] as number;
    const loss = (j: number) =>
      sum(did.map((row) => ((row[j] as number) - sum(row.map((x, i) => x * (w[i]?.[j] as number)))) ** 2)) / 2 +
      sum(w.map((from) => (l2 / 2) * (from[j] as number) ** 2 + l1 * (from[j] as number)));
    let positive = 0;
    for (let j = 0; j < items; j++) {
      const best = loss(j);
      for (let i = 0; i < items; i++) {
        const kept = w[i]?.[j] as number;
        if (i === j) expect(kept).toBe(0);
        else {
          for (const other of [kept + 0.01, Math.max(0, kept - 0.01)]) {
            (w[i] as number[])[j] = other;
            expect(loss(j)).toBeGreaterThanOrEqual(best);
          }
          (w[i] as number[])[j] = kept;
        }
        positive += kept > 0 ? 1 : 0;
      }
    }
    expect(positive).toBeGreaterThan(5);
    const expected = did.map((row) => row.map((_, j) => sum(row.map((x, i) => x * (w[i]?.[j] as number)))));
    expectScores(await scores(slim({ l1, l2 })), expected);
  });
});

describe("PureSVD", () => {
  test("with every direction answers what was there, with one the projection on the largest", async () => {
    expectScores(await scores(pureSvd({ factors: items })), did);
    let v: number[] = counts.map(() => 1);
    for (let i = 0; i < 300; i++) {
      const shares = did.map((row) => sum(row.map((x, j) => x * (v[j] as number))));
      v = v.map((_, j) => sum(did.map((row, u) => (row[j] as number) * (shares[u] as number))));
      const length = Math.hypot(...v);
      v = v.map((x) => x / length);
    }
    const expected = did.map((row) => v.map((to) => to * sum(row.map((x, j) => x * (v[j] as number)))));
    expectScores(await scores(pureSvd({ factors: 1 })), expected);
  });
});

describe("GF-CF", () => {
  test("adds a step over the graph and the smoothest frequencies", async () => {
    const alpha = 0.4;
    const total = sum(counts);
    // The smoothest frequency of the normalized graph is known: the roots of the degrees.
    const expected = did.map((row) =>
      counts.map((count, j) => {
        const links = row.map((x, i) =>
          i === j
            ? 0
            : x *
              sum(
                did.map((other, v) =>
                  other[i] && other[j]
                    ? 1 / (rows[v]?.length ?? 0) / Math.sqrt((counts[i] as number) * (counts[j] as number))
                    : 0,
                ),
              ),
        );
        return sum(links) + (alpha * sum(row) * count) / total;
      }),
    );
    expectScores(await scores(gfCf({ factors: 1, alpha, neighbours: items })), expected);
  });
});

describe("user-kNN", () => {
  const idf = counts.map((n) => Math.max(0, Math.log(users / (1 + n))));
  const alike = (u: number, v: number, weights: readonly number[], shrinkage: number) => {
    const rowOf = (user: number) => (did[user] ?? []).map((x, i) => x * (weights[i] as number));
    const [a, b] = [rowOf(u), rowOf(v)];
    return sum(a.map((x, i) => x * (b[i] as number))) / (Math.hypot(...a) * Math.hypot(...b) + shrinkage || 1);
  };
  const ones = counts.map(() => 1);

  test.each([
    ["cosine", 0, ones],
    ["tf-idf", 0, idf],
    ["tf-idf", 0.8, idf],
  ] as const)("%s, shrinkage %d: adds up what the nearest people have", async (similarity, shrinkage, weights) => {
    const kept = 3;
    const expected = did.map((_, u) => {
      const near = did
        .map((row, v) => ({ row, v, value: v === u ? 0 : Math.fround(alike(u, v, weights, shrinkage)) }))
        .sort((a, b) => b.value - a.value || a.v - b.v)
        .slice(0, kept);
      return counts.map((_, j) => sum(near.map(({ row, value }) => value * (row[j] as number))));
    });
    expectScores(await scores(userKnn({ similarity, shrinkage, neighbours: kept })), expected);
  });

  test.each([
    ["cosine", ones],
    ["tf-idf", idf],
  ] as const)("%s: somebody new has everybody as neighbours", async (similarity, weights) => {
    const model = userKnn({ similarity, neighbours: users });
    const known = await scores(model);
    const fresh = await scores(model, historyPlans(model, catalog)?.score);
    for (const [u, row] of did.entries()) {
      const length = Math.hypot(...row.map((x, i) => x * (weights[i] as number)));
      for (const [j, x] of row.entries())
        if (x === 0) expect(fresh[u]?.[j]).toBeCloseTo(length * (known[u]?.[j] as number), 5);
    }
  });
});
