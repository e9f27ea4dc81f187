/** A table of `docs/reproductions.md`: a line for each model, way of running and way of ranking. */
import { markdownTable } from "../markdown.ts";
import type { Recorded } from "./record.ts";

const figure = (value: number): string => value.toFixed(4).replace(/^(-?)0\./, "$1.");

/** To the digits that are shown; of errors, less is better. */
function isReached({ metric, published, measured }: Recorded): boolean {
  if (published === null) return false;
  const [ours, theirs] = [Number(figure(measured)), Number(figure(published))];
  return metric === "rmse" ? ours <= theirs : ours >= theirs;
}

function cell(row: Recorded | undefined): string {
  if (!row) return "–";
  const value = isReached(row) ? `**${figure(row.measured)}**` : figure(row.measured);
  return `${value} [${figure(row.low)}, ${figure(row.high)}]`;
}

function lineOf(rows: readonly Recorded[], metrics: readonly string[], hasPublished: ReadonlySet<string>): string[] {
  const [first] = rows as readonly [Recorded];
  const of = (metric: string) => rows.find((row) => row.metric === metric);
  const values = metrics.flatMap((metric) => {
    const { published = null } = of(metric) ?? {};
    return [...(hasPublished.has(metric) ? [published === null ? "–" : figure(published)] : []), cell(of(metric))];
  });
  const name = first.protocol === undefined ? first.model : `${first.model}, ${first.protocol}`;
  const { run, epochChosenBy: by } = first;
  const chosen = by === "none" ? ["–", "–"] : [by, [...new Set(first.epochs)].join(", ")];
  return [name, run, ...chosen, first.seeds.join(", "), ...values, ...costs(first)];
}

function costs({ trainSeconds, peakMemoryBytes, parameters }: Recorded): readonly string[] {
  return [
    trainSeconds === undefined ? "–" : `${trainSeconds < 10 ? trainSeconds.toFixed(1) : Math.round(trainSeconds)} s`,
    peakMemoryBytes === undefined ? "–" : `${Math.round(peakMemoryBytes / 1e6)} MB`,
    parameters === undefined ? "–" : parameters.toLocaleString("en-US"),
  ];
}

/** Rows that are one line: those of one model, run, way of ranking and of choosing, and the same seeds. */
function grouped(rows: readonly Recorded[]): readonly (readonly Recorded[])[] {
  const groups = new Map<string, Recorded[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.model, row.protocol, row.run, row.epochChosenBy, row.seeds]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** Bold where the published value is reached. */
export function reproductionTable(rows: readonly Recorded[]): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const hasPublished = new Set(rows.filter(({ published }) => published !== null).map(({ metric }) => metric));
  const heads = [
    ...["row", "run", "epoch chosen by", "epoch", "seeds"],
    ...metrics.flatMap((metric) => (hasPublished.has(metric) ? [`published ${metric}`, metric] : [metric])),
    ...["a training", "peak memory", "parameters"],
  ];
  const body = grouped(rows).map((group) => lineOf(group, metrics, hasPublished));
  return markdownTable(heads, body, 5);
}
