import type { PeerScore, Score } from "./contest.ts";
import type { MachineFacts } from "./machine.ts";
import type { Summary } from "./statistics.ts";

/** What the machine allows for one unit of work, and how much of it was reached. */
export interface Limit {
  /** Per unit: floating-point operations, and bytes moved if nothing but the running batch stayed in the caches. */
  readonly flops: number;
  readonly bytes: number;
  /** Of the machine, just before or after the rounds: FLOP/s of a large matrix product, bytes/s of a large copy. */
  readonly machineFlops: number;
  readonly machineBytes: number;
  /** Units per second that the operations alone, and the bytes alone, would allow. */
  readonly byFlops: number;
  readonly byBytes: number;
  /** Our rate divided by the lower of both. Above 1: work was saved, or tables stayed in the caches (docs/benchmarks.md). */
  readonly share: number;
}

/** Whether both sides did the same work: what was compared, within which tolerance. */
export interface Agreement {
  readonly holds: boolean;
  readonly text: string;
}

/** One line of a benchmark. A ratio above 1 is in our favour. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  /** Of every figure: "samples/s", "MB" … */
  readonly unit: string;
  readonly target?: number | undefined;
  readonly ours: Score;
  readonly peers: readonly PeerScore[];
  /** The peer that counts, and our ratio to it. */
  readonly best?: string | undefined;
  readonly ratio?: Summary | undefined;
  readonly absent: readonly { readonly name: string; readonly reason: string }[];
  readonly limit?: Limit | undefined;
  readonly agreement: readonly Agreement[];
  readonly notes: readonly string[];
}

/** What a run of one benchmark leaves behind. */
export interface BenchmarkResult {
  readonly format: 1;
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly date: string;
  readonly machine: MachineFacts;
  readonly versions: Readonly<Record<string, string>>;
  readonly data: string;
  readonly cases: readonly CaseResult[];
}
