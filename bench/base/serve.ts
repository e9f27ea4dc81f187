/** One side of a comparison of revisions: prepares a case of this checkout and plays turns of it, as `peer.py` does. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { benchmarks } from "../cases/index.ts";
import type { Contender } from "../contest.ts";
import type { Context, Solo } from "../context.ts";
import { SharedFolder } from "../data/files.ts";
import { loadData } from "../data/index.ts";
import { MachineGauge } from "../limits.ts";
import { machineFacts } from "../machine.ts";
import { loadEngine } from "../penchant.ts";
import { findPythons } from "../pythons.ts";

interface Request {
  readonly call: "prepare" | "run";
  readonly with: { readonly seconds: number; readonly threads: number; readonly data: string };
}

const id = process.argv[2] ?? "";
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const answer = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);

async function next(): Promise<Request | undefined> {
  const { done, value } = await answers.next();
  return done ? undefined : (JSON.parse(value) as Request);
}

/** Turns, as many as are asked for. */
async function play(ours: Contender, unit: string): Promise<never> {
  answer({ answer: { versions: {}, notes: unit } });
  for (let request = await next(); request; request = await next()) {
    answer({ answer: await ours.run(request.with.seconds) });
  }
  process.exit();
}

async function serve({ threads }: Request["with"]): Promise<void> {
  const root = join(import.meta.dirname, "..", "..");
  const folder = new SharedFolder();
  process.once("exit", () => folder.remove());
  const pythons = findPythons(join(root, "bench", "peers"), threads, {});
  const solo: Solo = ({ ours, unit }) => play(ours, unit);
  const context: Context = {
    ...{ root, machine: machineFacts(), folder, pythons, gauge: new MachineGauge(pythons.main, threads), threads },
    ...{ rounds: 1, seconds: 1, say: () => {}, versions: {}, engine: await loadEngine(), data: loadData(root), solo },
  };
  const found = benchmarks.flatMap(({ cases }) => cases).find((each) => each.id === id);
  if (!found) throw new Error(`this revision has no case ${id}`);
  await found.run(context);
}

try {
  const request = await next();
  if (request) await serve(request.with);
} catch (problem) {
  answer({ error: (problem as Error).message });
}
process.exit();
