/**
 * `npm run bench -- index`: what an index of item vectors finds, and how long a search takes beside the exact one, on one thread. Vectors as
 * training makes them: few directions in 64 dimensions and some noise; `--directions 64`: random in all, the worst case.
 */
import { parseArgs } from "node:util";
import { randomRun } from "../serve/artifact.ts";
import { buildIndex, loadEngine, normal } from "./penchant.ts";

const USERS = 1000;
const WIDTH = 64;
const NOISE = 0.1;
const usage = "usage: npm run bench -- index [--items 100000,1000000] [--directions 16] [--recall 0.95]";
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      items: { type: "string", default: "100000,1000000" },
      directions: { type: "string", default: "16" },
      recall: { type: "string", default: "0.95" },
    },
  });
  const sizes = values.items.split(",").map(Number);
  const [directions, recall] = [Number(values.directions), Number(values.recall)];
  if (![...sizes, directions, recall].every((one) => one > 0)) {
    print(usage);
    return 2;
  }
  const engine = await loadEngine("native");
  print(
    "| items | directions | cells | looked at | recall@100 | NDCG@10 lost | index ms | exact ms | scorer ms | built in s |",
  );
  print("|---|---|---|---|---|---|---|---|---|---|");
  for (const items of sizes) {
    const run = randomRun(USERS, items);
    const [users = "", things = ""] = Object.keys(run.parameters).sort((a) => (a.includes("user") ? -1 : 1));
    const parameters = { [users]: lowRank(USERS, directions, 1), [things]: lowRank(items, directions, 2) };
    const artifact = { ...run, parameters };
    const start = performance.now();
    const { quality } = await buildIndex(engine, artifact, { recall, k: 100, seed: 1, threads: 0 });
    const seconds = (performance.now() - start) / 1000;
    using scorer = await engine.scorer({ plan: run.plans.score, parameters, users: USERS, items, threads: 1 });
    const { cells, effort, ms } = quality;
    const times: number[] = [];
    for (let user = 0; user < 50; user++) {
      const begin = performance.now();
      await scorer.topK({ users: Int32Array.of(user), k: 100 });
      times.push(performance.now() - begin);
    }
    const median = times.sort((a, b) => a - b)[25] as number;
    print(
      `| ${items} | ${directions} | ${cells} | ${effort} | ${quality.recall.toFixed(4)} | ${quality.ndcgLoss.toFixed(4)} | ${ms.index.toFixed(3)} | ${ms.exact.toFixed(3)} | ${median.toFixed(3)} | ${seconds.toFixed(1)} |`,
    );
  }
  return 0;
}

function lowRank(count: number, directions: number, seed: number): Float32Array {
  const mix = Float32Array.from({ length: directions * WIDTH }, (_, i) => normal(9, i) / Math.sqrt(directions));
  const values = new Float32Array(count * WIDTH);
  const own = new Float32Array(directions);
  for (let row = 0; row < count; row++) {
    for (let d = 0; d < directions; d++) own[d] = normal(seed, row, d);
    for (let c = 0; c < WIDTH; c++) {
      let sum = NOISE * normal(seed, row, c, 7);
      for (let d = 0; d < directions; d++) sum += (own[d] as number) * (mix[d * WIDTH + c] as number);
      values[row * WIDTH + c] = sum;
    }
  }
  return values;
}
