import { expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import type { SolveControl, Solver } from "../graph/problems.ts";
import { models } from "./index.ts";

const [users, items] = [6, 5];
const rows = [[0, 1, 2], [0, 3], [1, 2, 4], [0, 2], [2, 3, 4], [1]];
const history = {
  offsets: Int32Array.of(0, 3, 5, 8, 10, 13, 14),
  items: Int32Array.from(rows.flat()),
  values: new Float32Array(14).fill(1),
  columns: items,
};
const catalog = { users, items, meanValue: 1, itemCounts: Float32Array.of(3, 3, 4, 2, 2) };

/** The reference solver, each of whose solutions says when a quarter, a half and all of it is done. */
const told = async <T>(control: SolveControl, solve: Promise<T>): Promise<T> => {
  for (const share of [0, 0.25, 0.5, 1]) control.onProgress?.(share);
  return solve;
};
const { solver: reference } = referenceEngine;
const solver: Solver = {
  ease: (matrix, l2, control) => told(control, reference.ease(matrix, l2, control)),
  neighbours: (problem, control) => told(control, reference.neighbours(problem, control)),
  slim: (problem, control) => told(control, reference.slim(problem, control)),
  singularVectors: (problem, control) => told(control, reference.singularVectors(problem, control)),
  leastSquares: (problem, control) => told(control, reference.leastSquares(problem, control)),
};

/** But for what only counts, and asks no solver. */
const solved = models.filter(({ definition: { task, name } }) => task === "solve" && name !== "markov");
test.each(solved.map((factory) => [factory.definition.name, factory] as const))(
  "%s: what is said of its progress never falls, and goes from 0 to 1",
  async (_, factory) => {
    const shares: number[] = [];
    const control = { threads: 1, onProgress: (share: number) => shares.push(share) };
    const small = "factors" in factory.definition.defaults ? { factors: 2 } : {};
    await factory(small as never).solve?.({
      ...{ catalog, interactions: history, sequence: history, solver, control, seed: 1 },
    });
    expect(shares[0]).toBeCloseTo(0, 12);
    for (const [i, share] of shares.entries())
      expect(share).toBeGreaterThanOrEqual(i > 0 ? (shares[i - 1] as number) : 0);
    expect(shares.at(-1)).toBeCloseTo(1, 12);
  },
);
