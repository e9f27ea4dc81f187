import type { BenchmarkResult, CaseResult } from "./result.ts";
import { pairRatios, summarize } from "./statistics.ts";

/** For tests: a case whose ratios are `ratios`, against a peer of 10 units per second. */
export function caseWith(id: string, ratios: readonly number[], more: Partial<CaseResult> = {}): CaseResult {
  const ours = ratios.map((ratio) => ratio * 10);
  const theirs = ratios.map(() => 10);
  const peer = { name: "PyTorch", rate: summarize(theirs), ratio: pairRatios(ours, theirs) };
  return {
    id,
    title: `Title of ${id}`,
    unit: "samples/s",
    ours: { name: "Penchant", rate: summarize(ours) },
    peers: [peer],
    best: peer.name,
    ratio: peer.ratio,
    absent: [],
    agreement: [{ holds: true, text: "losses agree" }],
    notes: [],
    ...more,
  };
}

export function resultWith(name: string, cases: readonly CaseResult[]): BenchmarkResult {
  return {
    format: 1,
    name,
    title: `Title of ${name}`,
    command: `npm run bench -- ${name}`,
    date: "2026-01-02T03:04:05.000Z",
    machine: { cpu: "A processor", cores: 2, flags: ["avx2"], memoryGB: 24, system: "linux x64 6", loadBefore: 0.1 },
    versions: { penchant: "0.1.0", node: "20.19.0", torch: "2.9.0" },
    data: "made-up data",
    cases,
  };
}
