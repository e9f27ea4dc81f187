import pc from "picocolors";
import type { Evaluation } from "../../evaluate/index.ts";
import type { RunEvaluation } from "../evaluation.ts";
import { grouped, interval, share } from "../format.ts";
import { table } from "../table.ts";

/** A table per protocol, the run above what it has to beat. */
export function formatEvaluation(evaluation: RunEvaluation): string {
  const { run, model, dataset, split, protocols, baselines, lists, warnings } = evaluation;
  const head = `${pc.bold(run)} (${model}) on ${dataset}, ${split.kind} split`;
  const tables = protocols.map((measured) => protocolTable(evaluation, measured, baselines));
  const facts = Object.entries(lists.metrics).map(
    ([name, value]) => `${name} ${value >= 10 ? value.toFixed(0) : share(value)}`,
  );
  const beyond = `Lists of ${grouped(lists.lists)} users: ${facts.join(", ")}`;
  return [head, ...tables, beyond, ...warnings.map(({ message }) => pc.yellow(`! ${message}`))].join("\n\n");
}

type Baselines = RunEvaluation["baselines"];

function protocolTable({ run }: RunEvaluation, measured: Evaluation, baselines: Baselines): string {
  const others = Object.entries(baselines).flatMap(([name, { protocols }]) => {
    const same = protocols.find(({ protocol }) => protocol === measured.protocol);
    return same ? [[name, same] as const] : [];
  });
  const labels = Object.keys(measured.metrics);
  const rows = [[run, measured] as const, ...others].map(([name, { metrics }]) => [
    name,
    ...labels.map((label, column) => {
      const metric = metrics[label];
      return metric === undefined ? "–" : column < 2 ? interval(metric) : share(metric.value);
    }),
  ]);
  const title = `${protocolTitle(measured.protocol)}, ${grouped(measured.users)} users, 95 % intervals`;
  return `${pc.dim(title)}\n${table(["", ...labels], rows)}`;
}

export function protocolTitle(protocol: string): string {
  if (protocol === "full") return "full ranking: against all items not met in training";
  if (protocol === "given") return "given candidates: those that the data set came with";
  if (protocol === "rating") return "predicted ratings";
  return `${protocol}: against ${protocol.replace("sampled-", "")} sampled items only, which flatters`;
}
