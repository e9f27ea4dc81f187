import pc from "picocolors";
import type { Evaluation } from "../../evaluate/index.ts";
import { grouped, interval, share } from "../format.ts";
import type { AskedPage } from "../paging.ts";
import type { PipelineEvaluation } from "../pipeline-evaluation.ts";
import { table } from "../table.ts";

/** The pipeline beside itself without its rules, and what it has to beat. */
export function formatPipelineEvaluation(evaluation: PipelineEvaluation): string {
  const { pipeline, runs, dataset, seed, protocols, baselines, without, warnings } = evaluation;
  const [measured] = protocols;
  const rows = [
    [pipeline, measured, evaluation] as const,
    ...(without ? [["without rerank", without.protocols[0], without] as const] : []),
    ...Object.entries(baselines).map(([name, one]) => [name, one.protocols[0], undefined] as const),
  ];
  const labels = Object.keys(measured?.metrics ?? {});
  const cells = rows.map(([name, one, facts]) => [
    name,
    ...labels.map((label, column) => metricOf(one, label, column)),
    facts?.distance == null ? "–" : share(facts.distance),
    facts ? `${(facts.seconds * 1000).toFixed(1)} ms` : "–",
  ]);
  const head = `${pc.bold(pipeline)} (${runs.join(", ")}) on ${dataset}, full ranking, ${grouped(measured?.users ?? 0)} users, seed ${seed}`;
  const notes = warnings.map(({ message }) => pc.yellow(`! ${message}`));
  return [head, table(["", ...labels, "distance", "a page"], cells), ...notes].join("\n\n");
}

function metricOf(measured: Evaluation | undefined, label: string, column: number): string {
  const metric = measured?.metrics[label];
  if (metric === undefined) return "–";
  return column < 2 ? interval(metric) : share(metric.value);
}

/** A page with where its items came from, and what became of others. */
export function formatPage({ pipeline, user, page }: AskedPage): string {
  const rows = page.items.map(({ item, score, from, places }, i) => [
    String(i + 1),
    item,
    score.toPrecision(4),
    Object.entries(from)
      .map(([source, place]) => `${source} ${place}`)
      .join(", "),
    places.map(({ stage, place }) => `${stage} ${place}`).join(" → "),
  ]);
  const stages = page.stages.map(({ stage, items, ms, cost }) => {
    const price = cost === undefined ? "" : `, cost ${cost.toFixed(3)}`;
    return `${stage}: ${grouped(items)} items, ${ms.toFixed(1)} ms${price}`;
  });
  const fates = (page.fates ?? []).map(({ item, stage, why }) => `${item}: ${stage} – ${why}`);
  const notes = (page.warnings ?? []).map(({ message }) => pc.yellow(`! ${message}`));
  const head = `${pc.bold(pipeline)} for ${user ?? "somebody"} (${page.method})`;
  return [
    head,
    table(["", "item", "score", "from", "places"], rows),
    pc.dim(stages.join(" · ")),
    ...fates,
    ...notes,
  ].join("\n");
}
