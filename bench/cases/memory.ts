import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Contender, play, type Turn } from "../contest.ts";
import type { Benchmark, Context } from "../context.ts";
import type { DataSet } from "../data/dataset.ts";
import { PeerProcess } from "../peer.ts";
import type { HugeOptions } from "../penchant.ts";
import type { CaseResult } from "../result.ts";
import { pairRatios, summarize } from "../statistics.ts";

/** What is allowed, in MB (10^6 bytes). */
const WHOLE_MB = 250;
const HUGE_MB = 6000;

const huge: HugeOptions = { users: 1_000_000, items: 200_000, interactions: 100_000_000 };
const small: HugeOptions = { users: 6040, items: 3706, interactions: 994_169 };

const worker = ({ root }: Context): PeerProcess =>
  new PeerProcess(process.execPath, [join(root, ".bench", "memory-worker.js")]);

/** Used memory beside what is allowed; a ratio above 1 is within the allowance. */
function within(id: string, title: string, megabytes: number, allowed: number): CaseResult {
  const ratio = pairRatios([allowed], [megabytes]);
  return {
    id,
    title,
    unit: "MB",
    target: 1,
    ours: { name: "Penchant, peak of a fresh process", rate: summarize([megabytes]) },
    peers: [{ name: "allowance", rate: summarize([allowed]), ratio }],
    best: "allowance",
    ratio,
    absent: [],
    agreement: [],
    notes: [],
  };
}

/** The ratings as a person would have them. */
function writeCsv(path: string, { train, test, users }: DataSet): void {
  const lines = ["user,item,rating,time"];
  for (let user = 0; user < users; user++) {
    for (let entry = train.offsets[user] ?? 0; entry < (train.offsets[user + 1] ?? 0); entry++) {
      lines.push(`${user},${train.items[entry]},${train.values[entry]},1000000000`);
    }
  }
  for (const [row, user] of test.users.entries())
    lines.push(`${user},${test.items[row]},${test.values[row]},1000000001`);
  writeFileSync(path, `${lines.join("\n")}\n`);
}

async function whole(context: Context): Promise<CaseResult> {
  const file = join(context.folder.path, "ratings.csv");
  writeCsv(file, context.data);
  const process = worker(context);
  const { megabytes } = await process.call<{ megabytes: number }>("whole", { file, threads: context.threads });
  process.close();
  const title = "NeuMF-8 on MovieLens 1M: file read, split, one epoch, evaluated";
  return within("memory/neumf-8", title, megabytes, WHOLE_MB);
}

/** Memory at 100 million interactions, and what one sample costs there beside the shape of MovieLens 1M. */
async function scale(context: Context): Promise<CaseResult[]> {
  const [large, little] = [worker(context), worker(context)];
  try {
    const { threads, rounds, seconds } = context;
    context.say("  memory/huge: generating 100 million interactions");
    const { interactions } = await large.call<{ interactions: number }>("start", { shape: huge, threads });
    await little.call("start", { shape: small, threads });
    const contender = (name: string, process: PeerProcess): Contender => ({
      name,
      run: (turn) => process.call<Turn>("run", { seconds: turn }),
    });
    const ours = contender("Penchant, 100 M interactions", large);
    const scores = await play(ours, [contender("Penchant, MovieLens 1M's shape", little)], { rounds, seconds });
    const { megabytes } = await large.call<{ megabytes: number }>("memory");
    const shape = `${(interactions / 1e6).toFixed(1)} M interactions of ${huge.users} users x ${huge.items} items`;
    const [peer] = scores.peers;
    return [
      within("memory/huge", `NeuMF-8 on ${shape}, generated and trained in one process`, megabytes, HUGE_MB),
      {
        id: "memory/huge-speed",
        title: `NeuMF-8 on ${shape}, speed of a sample`,
        unit: "samples/s",
        target: 1 / 3,
        ...scores,
        best: peer?.name,
        ratio: peer?.ratio,
        absent: [],
        agreement: [],
        notes: ["batch 256; the tables and their moments no longer fit into any cache"],
      },
    ];
  } finally {
    large.close();
    little.close();
  }
}

export const memoryBenchmark: Benchmark = {
  name: "memory",
  title: "Memory, and what scale costs",
  cases: [
    { id: "memory/neumf-8", run: whole },
    { id: "memory/huge", run: scale },
  ],
};
