import pc from "picocolors";
import type { ComparedGroup, ComparedRow, Comparison } from "../comparison.ts";
import { duration, interval, megabytes } from "../format.ts";
import { table } from "../table.ts";
import { epochOf } from "./runs.ts";

export function formatComparison({ groups, unmeasured }: Comparison): string {
  const missing = unmeasured.map(({ run, code, reason }) => pc.yellow(`! ${run} is not measured (${code}): ${reason}`));
  return [...groups.map(formatGroup), ...(missing.length > 0 ? [missing.join("\n")] : [])].join("\n\n");
}

/** One table: the two metrics that are usually quoted, under every protocol, and what they cost. */
function formatGroup({ dataset, split, k, rows }: ComparedGroup): string {
  const protocols = [...new Set(rows.flatMap((row) => Object.keys(row.protocols)))];
  const columns = protocols.flatMap((protocol) =>
    (protocol === "rating" ? ["rmse", "mae"] : [`hr@${k}`, `ndcg@${k}`]).map((label) => ({ protocol, label })),
  );
  const header = ["", ...columns.map(({ protocol, label }) => `${label} ${protocol}`), "epoch", "time", "memory"];
  const body = rows.map((row) => [
    nameOf(row),
    ...columns.map((column) => cell(row, column)),
    epochOf(row),
    ...costs(row),
  ]);
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const seed = `${seeds.length > 1 ? "seeds" : "seed"} ${seeds.join(", ")}`;
  const title = `${pc.bold(dataset)}, ${split.kind} split; 95 % intervals; sampled ranking (${seed}) flatters`;
  return `${title}\n${table(header, body)}`;
}

const nameOf = ({ run, model, final }: ComparedRow): string =>
  run === undefined ? model : `${run} (${model}${final ? "; measured before --final" : ""})`;

function cell({ protocols }: ComparedRow, { protocol, label }: { protocol: string; label: string }): string {
  const metric = protocols[protocol]?.[label];
  return metric === undefined ? "–" : interval(metric);
}

function costs({ seconds, peakMemoryBytes }: ComparedRow): [string, string] {
  const isTrained = seconds !== undefined && peakMemoryBytes !== undefined && seconds > 0.01; // baselines only count
  return isTrained ? [duration(seconds), megabytes(peakMemoryBytes)] : ["–", "–"];
}
