import { type Bar, barChart } from "./chart.ts";
import { percent, quantity, significant, times } from "./format.ts";
import { markdownLine } from "./markdown.ts";
import type { BenchmarkResult, CaseResult } from "./result.ts";

/** Benchmarks whose other side is ourselves or an allowance: in the table, not in the picture. */
const withoutPeer = ["threads", "memory"];

/** All recorded results as one picture of ratios. */
export function speedChart(results: readonly BenchmarkResult[]): string {
  const bars = results
    .filter(({ name }) => !withoutPeer.includes(name))
    .flatMap(({ cases }) => cases.map(barOf))
    .filter((bar) => bar !== undefined);
  return barChart("How many times as fast as its peers Penchant is, on the same CPU", machineLine(results), bars);
}

function barOf({ title, best, ratio, target }: CaseResult): Bar | undefined {
  if (!ratio || best === undefined) return undefined;
  return { label: title, peer: best, ratio: ratio.median, min: ratio.min, max: ratio.max, target };
}

const processorOf = ({ machine: { cpu, cores, flags } }: BenchmarkResult): string => {
  const vectors = flags.includes("avx512f") ? "AVX-512" : flags.includes("avx2") ? "AVX2" : (flags[0] ?? "no vectors");
  return `${cpu}, ${cores} cores, ${vectors}`;
};

/** Which processors the results are of, each with its days. */
function machineLine(results: readonly BenchmarkResult[]): string {
  if (results.length === 0) return "nothing recorded yet";
  const daysOf = (processor: string) => {
    const own = results.filter((one) => processorOf(one) === processor);
    const dates = own.map(({ date }) => date.slice(0, 10)).toSorted();
    return dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`;
  };
  const processors = [...new Set(results.map(processorOf))];
  return `${processors.map((one) => `${one} · ${daysOf(one)}`).join("; ")} · same work, rounds in turn`;
}

/** All recorded results as a table, with machine and versions. */
export function speedTable(results: readonly BenchmarkResult[]): string {
  if (results.length === 0) return "# Recorded results\n\nNothing is recorded yet: `npm run bench -- all` does it.\n";
  const versions = Object.assign({}, ...results.map((result) => result.versions)) as Record<string, string>;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Recorded results",
    "",
    "Written by `npm run bench`; how to read and repeat it: [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    "![Ratios](speed.svg)",
    "",
    `${machineLine(results)}.`,
    `Versions: ${named.join(", ")}.`,
    "",
    "| work | Penchant | against | figure | ratio (range) | target | share of the machine's limit | processor |",
    "|---|---|---|---|---|---|---|---|",
    ...results.flatMap((result) => result.cases.map((one) => tableRow(one, result.machine.cpu))),
    "",
  ].join("\n");
}

function tableRow({ title, unit, ours, peers, best, ratio, target, limit }: CaseResult, cpu: string): string {
  const peer = peers.find(({ name }) => name === best);
  const cells = [
    title,
    quantity(ours.rate.median, ` ${unit}`),
    peer?.name ?? "–",
    peer ? quantity(peer.rate.median, ` ${unit}`) : "–",
    ratio ? `**${times(ratio.median)}** (${significant(ratio.min)} … ${significant(ratio.max)})` : "–",
    target === undefined ? "–" : `≥ ${times(target)}`,
    limit ? percent(limit.share) : "–",
    cpu,
  ];
  return markdownLine(cells);
}
