import pc from "picocolors";
import { LOGLOSS } from "../../evaluate/index.ts";
import { type ComparedGroup, type ComparedRow, type Comparison, columnsOf, leastOf } from "../comparison.ts";
import type { Column, RowDifference } from "../differences.ts";
import { duration, interval, megabytes, share } from "../format.ts";
import { splitText } from "../split-choice.ts";
import { table } from "../table.ts";
import { epochOf } from "./runs.ts";

export function formatComparison({ groups, unmeasured }: Comparison): string {
  const missing = unmeasured.map(({ run, code, reason }) => pc.yellow(`! ${run} is not measured (${code}): ${reason}`));
  return [...groups.map(formatGroup), ...(missing.length > 0 ? [missing.join("\n")] : [])].join("\n\n");
}

/** One table: the two metrics that are usually quoted, under every protocol, and what they cost. */
function formatGroup(group: ComparedGroup): string {
  return [`${pc.bold(group.dataset)}${titleOf(group)}`, table(headerOf(group), bodyOf(group)), ...legendOf(group)].join(
    "\n",
  );
}

export function titleOf({ split, rows }: ComparedGroup): string {
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const seed = `${seeds.length > 1 ? "seeds" : "seed"} ${seeds.join(", ")}`;
  return `, ${splitText(split)} split; 95 % intervals; sampled ranking (${seed}) flatters`;
}

export function headerOf({ rows, k }: ComparedGroup): string[] {
  const titles = columnsOf(rows, k).map(({ protocol, label }) => `${label} ${protocol}`);
  return ["", ...titles, "epoch", "time", "memory"];
}

export function bodyOf(group: ComparedGroup): string[][] {
  const { rows, k } = group;
  const columns = columnsOf(rows, k);
  return rows.map((row) => [
    nameOf(row),
    ...columns.map((column) => cell(row, column, markOf(row, column, group))),
    epochOf(row),
    ...costs(row),
  ]);
}

const nameOf = ({ run, name, model, final }: ComparedRow): string =>
  run === undefined ? name : `${run} (${model}${final ? "; measured before --final" : ""})`;

function cell({ protocols }: ComparedRow, { protocol, label }: Column, mark: string): string {
  const metric = protocols[protocol]?.[label];
  return metric === undefined ? "–" : interval(metric) + mark;
}

/** ★ the best row, ≈ not told apart from it, ▲ better than it in this column. */
function markOf(
  row: ComparedRow,
  column: Column,
  { best, rows, differences }: Pick<ComparedGroup, "best" | "rows" | "differences">,
) {
  if (column.label === LOGLOSS && leastOf(rows, column) === row.name) return " ★";
  if (row.name === best?.row && column.label !== LOGLOSS)
    return column.protocol === best.protocol && column.label === best.metric ? " ★" : "";
  const verdict = differences.find((each) => each.row === row.name && isIn(each, column))?.verdict;
  return verdict === "noise" ? " ≈" : verdict === "better" ? " ▲" : "";
}

const isIn = ({ protocol, metric }: RowDifference, column: Column): boolean =>
  protocol === column.protocol && metric === column.label;

/** What the marks mean, and how far behind the others are where the best is chosen. */
export function legendOf({ best, rows, k, differences }: ComparedGroup): string[] {
  if (!best || differences.length === 0) return [];
  const column = { protocol: best.protocol, label: best.metric };
  const lines = differences.filter((each) => isIn(each, column)).map(differenceInWords);
  return [
    `★ best by ${best.metric} ${best.protocol}: ${best.row}${leastLoglosses(rows, k)}; ≈ noise: not told apart from it; ▲ better than it; the rest is worse (paired over users:`,
    "  95 % bootstrap interval without 0, and Wilcoxon's signed-rank test with Holm's correction below .05)",
    ...lines.map((line) => `  ${line}`),
  ];
}

/** Who has the least log loss, where there are some. */
const leastLoglosses = (rows: ComparedGroup["rows"], k: number): string =>
  columnsOf(rows, k)
    .filter(({ label }) => label === LOGLOSS)
    .map((column) => `, the least ${column.label} ${column.protocol}: ${leastOf(rows, column)}`)
    .join("");

export function differenceInWords({ row, than, difference, users, pairs, holm, verdict }: RowDifference): string {
  const { value, low, high } = difference;
  const signed = (number: number): string => (number > 0 ? `+${share(number)}` : share(number));
  const judged = verdict === "noise" ? "noise" : `${verdict}: a difference`;
  const who = `${pairs.toLocaleString("en-US")} of ${users.toLocaleString("en-US")} users differ`;
  return `${row} − ${than}: ${signed(value)} [${signed(low)}, ${signed(high)}], p ${probability(holm)}, ${who} → ${judged}`;
}

const probability = (p: number): string => (p < 0.001 ? "< .001" : share(p));

function costs({ seconds, peakMemoryBytes }: ComparedRow): [string, string] {
  const isTrained = seconds !== undefined && peakMemoryBytes !== undefined && seconds > 0.01; // baselines only count
  return isTrained ? [duration(seconds), megabytes(peakMemoryBytes)] : ["–", "–"];
}
