import { aligned, percent, quantity, significant, times } from "./format.ts";
import type { BenchmarkResult, CaseResult, Limit } from "./result.ts";
import type { Summary } from "./statistics.ts";

const range = ({ min, max }: Summary, show: (value: number) => string): string => `(${show(min)} … ${show(max)})`;

/** What a person reads after a benchmark. */
export function reportOf({ title, data, cases }: BenchmarkResult): string {
  return [`${title}\n${data}`, ...cases.map(caseReport)].join("\n\n");
}

export function caseReport(result: CaseResult): string {
  return [result.title, ...body(result).map((line) => `  ${line}`)].join("\n");
}

function body({ unit, ours, peers, absent, best, limit, agreement, notes, ...rest }: CaseResult): string[] {
  const shown = (value: number) => quantity(value, ` ${unit}`);
  const rows = [
    [ours.name, shown(ours.rate.median), range(ours.rate, quantity)],
    ...peers.map(({ name, rate, ratio }) => [
      name === best ? `${name} *` : name,
      shown(rate.median),
      range(rate, quantity),
      `ours ${times(ratio.median)}`,
      range(ratio, significant),
    ]),
  ];
  return [
    ...aligned(rows),
    ...absent.map(({ name, reason }) => `${name}: absent (${reason})`),
    ...verdict(rest),
    ...(limit ? [limitLine(limit, unit)] : []),
    ...agreement.map(({ holds, text }) => `${holds ? "same work" : "NOT THE SAME WORK"}: ${text}`),
    ...notes.map((note) => `note: ${note}`),
  ];
}

function verdict({ ratio, target }: Pick<CaseResult, "ratio" | "target">): string[] {
  if (target === undefined) return [];
  if (!ratio) return [`target ${times(target)}: no peer to measure it against`];
  return [
    `target ${times(target)} of *: ${times(ratio.median)} measured, ${ratio.median >= target ? "met" : "missed"}`,
  ];
}

function limitLine({ flops, bytes, machineFlops, machineBytes, byFlops, byBytes, share }: Limit, unit: string): string {
  const one = unit.replace(/s\/s$/, "");
  return (
    `limit: ${quantity(flops, "FLOP")} and ${quantity(bytes, "B")} a ${one}; ${quantity(machineFlops, "FLOP/s")} and ` +
    `${quantity(machineBytes, "B/s")} measured allow ${quantity(byFlops)} and ${quantity(byBytes, ` ${unit}`)}; ` +
    `reached ${percent(share)}`
  );
}
