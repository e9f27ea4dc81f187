import { fail } from "../../core/errors.ts";
import type { Plan } from "../../graph/plan.ts";
import type { OpAttrs, OpName } from "../../graph/tensor.ts";
import { verify } from "../../graph/verify.ts";
import { diversify } from "../../rerank/diversify.ts";
import type { Engine, Feeds } from "../contract.ts";
import { matricesOf } from "../data.ts";
import { dense, run } from "./evaluate.ts";
import { ReferenceScorer } from "./scorer.ts";
import { referenceSolver } from "./solver.ts";
import { ReferenceTrainer } from "./trainer.ts";
import { ReferenceVectorIndex } from "./vector-index.ts";

export { type Batch, createFeed, type Feed } from "./feed.ts";

/** The definition of every engine: float64, on the calling thread, slow. */
export const referenceEngine: Engine = {
  name: "reference",
  async trainer(spec) {
    verify(spec.plan);
    return new ReferenceTrainer(spec);
  },
  async scorer(spec) {
    verify(spec.plan);
    return new ReferenceScorer(spec);
  },
  async evaluate(plan, parameters, feeds, seed = 0, data = {}) {
    verify(plan);
    matricesOf(plan, data);
    checkIds(plan, feeds);
    const outputs = run(plan, batchOf(feeds), parameters, feeds, { seed, epoch: 0, step: 0 }, data);
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, Float32Array.from(dense(value))]));
  },
  solver: referenceSolver,
  async index(spec) {
    return new ReferenceVectorIndex(spec);
  },
  diversify: async (request) => diversify(request),
};

/** Rows of the batch: every input has one entry per row. Throws ENGINE_INPUT where they differ. */
function batchOf(feeds: Feeds): number {
  const lengths = Object.values(feeds).map(({ length }) => length);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  if (least < most) {
    fail("ENGINE_INPUT", {
      what: "The inputs have different lengths",
      expected: "one entry per row of the batch in each",
      received: `${least} and ${most}`,
    });
  }
  if (most === 0) fail("ENGINE_INPUT", { what: "The inputs are empty", expected: "at least one row" });
  return lengths[0] ?? 1;
}

/** Throws ENGINE_INPUT where an id has no row in a table that it is looked up in. */
function checkIds(plan: Plan, feeds: Feeds): void {
  for (const { op, inputs } of plan.instructions) {
    if (op === "gather") checkLookup(plan, feeds, inputs[1], plan.instructions[inputs[0] as number]?.shape[0]);
    for (const [matrix, ids, without = -1] of lookedUp[op] ?? []) {
      const [rows, columns] = plan.instructions[inputs[matrix] as number]?.shape ?? [];
      checkLookup(plan, feeds, inputs[ids], rows);
      checkLookup(plan, feeds, inputs[without], columns);
    }
  }
}

/** Operands of which one is a data matrix, one holds ids of its rows, and one, if there, of its columns. */
const lookedUp: Readonly<Partial<Record<OpName, readonly (readonly [number, number, number?])[]>>> = {
  bag: [[1, 2, 3]],
  scatterBag: [[1, 2, 3]],
  crossAttention: [[3, 4, 5]],
  crossAttentionGrad: [[5, 6, 7]],
  crossBag: [
    [1, 3, 5],
    [2, 4],
  ],
  crossBagGrad: [
    [1, 3, 5],
    [2, 4],
  ],
};

function checkLookup({ instructions }: Plan, feeds: Feeds, ids: number | undefined, rows: unknown): void {
  const input = instructions[ids ?? -1];
  if (input?.op !== "input") return;
  const { name } = input.attrs as OpAttrs["input"];
  const count = rows as number;
  const wrong = feeds[name]?.find((id) => id < 0 || id >= count);
  if (wrong === undefined) return;
  fail("ENGINE_INPUT", { what: `There is no ${name} ${wrong}`, expected: `0 to ${count - 1}`, received: `${wrong}` });
}
