import { significant, times } from "./format.ts";
import type { BenchmarkResult, CaseResult } from "./result.ts";
import type { Summary } from "./statistics.ts";

/** Noise assumed of a figure that was taken once only. */
const SINGLE = 0.05;

export interface Comparison {
  readonly id: string;
  readonly change: "slower" | "faster" | "same" | "incomparable";
  readonly text: string;
}

/** A case's ratio now against the recorded one: beyond noise is outside of what the recorded rounds spanned. */
export function compareResults(recorded: BenchmarkResult, now: BenchmarkResult): Comparison[] {
  return recorded.cases.map((before) => {
    const after = now.cases.find(({ id }) => id === before.id);
    return compareCases(before, after);
  });
}

function compareCases(before: CaseResult, after: CaseResult | undefined): Comparison {
  const { id, ratio: then } = before;
  // The same peer where it is there: which one is fastest may change with the machine's mood.
  const now = after?.peers.find(({ name }) => name === before.best)?.ratio ?? after?.ratio;
  if (!then || !now) return { id, change: "incomparable", text: `${id}: nothing to compare with` };
  const { min, max } = band(then);
  const change = now.median < min ? "slower" : now.median > max ? "faster" : "same";
  const text =
    `${id}: ${times(now.median)} now, ${times(then.median)} recorded ` +
    `(${significant(min)} … ${significant(max)}): ${change === "same" ? "within noise" : change}`;
  return { id, change, text };
}

function band({ median, min, max, values }: Summary): { min: number; max: number } {
  return values.length > 1 ? { min, max } : { min: median * (1 - SINGLE), max: median * (1 + SINGLE) };
}
