import { describe, expect, test } from "vitest";
import type { Csr, Engine, LeastSquaresProblem } from "../../src/engine/contract.ts";
import { loadWasmEngine } from "../../src/engine/wasm/index.ts";
import { bag, data, input, lower } from "../../src/graph/index.ts";
import { neuMf } from "../../src/models/index.ts";
import { initialParameters, scorePlan, trainingPlan } from "../../src/nn/plans.ts";
import * as cases from "../support/engine-cases.ts";
import { watchEventLoop } from "../support/event-loop.ts";
import { nativeEngine } from "../support/native-engine.ts";

/** So large that the copy of an array alone would keep the main thread for longer than the bound. */
const scale = Number(process.env["PENCHANT_RESPONSIVE_SCALE"] ?? 1);
const [users, items, perUser] = [100_000 * scale, 20_000, 100];

function interactions(): Csr {
  const [offsets, all] = [new Int32Array(users + 1), new Int32Array(users * perUser)];
  for (let user = 0; user < users; user++) {
    offsets[user + 1] = (user + 1) * perUser;
    for (let i = 0; i < perUser; i++) all[user * perUser + i] = i * (items / perUser) + (user % (items / perUser));
  }
  return { offsets, items: all };
}

const sizes = { users, items, threads: 1 };

/** Scores by what the neighbours of the history are. */
const byHistory = lower({
  score: bag(data("neighbours", items, items), data("history", users, items), input("user", "i32", ["batch"])),
});

/** Every item's neighbours: the next ones. */
function ring(): Csr {
  const count = 20;
  const next = (i: number) => Int32Array.from({ length: count }, (_, k) => (i + k) % items).sort();
  const all = Int32Array.from(Array.from({ length: items }, (_, i) => [...next(i)]).flat());
  return { offsets: Int32Array.from({ length: items + 1 }, (_, i) => i * count), items: all };
}

const halfAnIteration = (matrix: Csr): LeastSquaresProblem => ({
  matrix: { ...matrix, columns: items },
  ...{ width: 8, fixed: new Float32Array(items * 8).fill(0.1), factors: new Float32Array(users * 8) },
  ...{ unobserved: 0.1, offset: 0, l2: new Float32Array(users).fill(1), steps: 1 },
});

const native = await nativeEngine();
const engines: [string, Engine | undefined][] = [
  ["native", native.engine],
  ["wasm", await loadWasmEngine()],
];

describe.each(engines)("%s engine, on a large model and large data", (_, engine) => {
  if (!engine) return test.skip("the native core is missing", () => {});
  const model = neuMf({ factors: 32, hidden: [32] });
  const catalog = { ...cases.catalog, users, items };
  const plan = trainingPlan(model, catalog);
  const scoring = scorePlan(model, catalog);

  test("making a trainer, its state, a restore, scorers, an evaluation and a solution never block for 20 ms", {
    retry: 3,
    timeout: 300_000,
  }, async () => {
    const known = interactions();
    const parameters = initialParameters(plan, catalog, 1);
    const feed = cases.feed("pairs", { users, items, interactions: known, known });
    const ids = { user: Int32Array.of(0), item: Int32Array.of(0) };
    const blocked: Record<string, number> = {};
    const watched = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const stop = watchEventLoop();
      const result = await work();
      const { longestWork, almostAll } = stop();
      blocked[what] = Math.max(longestWork, almostAll);
      return result;
    };
    const trainer = await watched("trainer", () =>
      engine.trainer({ plan, parameters, feed, optimizer: cases.sgd, batchSize: 256, seed: 1, threads: 1 }),
    );
    const state = await watched("state", () => trainer.state());
    await watched("restore", () => trainer.restore(state));
    await watched("parameters", () => trainer.parameters());
    trainer.dispose();
    const scorer = await watched("scorer", () => engine.scorer({ plan: scoring, parameters, ...sizes }));
    scorer.dispose();
    await watched("evaluate", () => engine.evaluate(scoring, parameters, ids));
    await watched("solve", () => engine.solver.leastSquares(halfAnIteration(known), { threads: 1 }));
    const data = { history: known, neighbours: ring() };
    const rows = await watched("rows", () => engine.scorer({ plan: byHistory, parameters: {}, data, ...sizes }));
    rows.dispose();
    expect(Object.entries(blocked).filter(([, ms]) => ms >= 20)).toEqual([]);
  });
});
