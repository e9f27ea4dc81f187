import pc from "picocolors";
import { type Evaluation, negativesInWords, type RelevanceFacts } from "../../evaluate/index.ts";
import type { RunEvaluation } from "../evaluation.ts";
import { grouped, interval, share } from "../format.ts";
import { table } from "../table.ts";

/** A table per protocol, the run above what it has to beat. */
export function formatEvaluation(evaluation: RunEvaluation): string {
  const { run, model, dataset, split, seed, protocols, baselines, lists, relevance, warnings } = evaluation;
  const head = `${pc.bold(run)} (${model}) on ${dataset}, ${split.kind} split, seed ${seed}`;
  const tables = protocols.map((measured) => protocolTable(evaluation, measured, baselines));
  const facts = Object.entries(lists.metrics).map(
    ([name, value]) => `${name} ${value >= 10 ? value.toFixed(0) : share(value)}`,
  );
  const rule = relevance ? [relevanceInWords(relevance)] : [];
  const beyond = `Lists of ${grouped(lists.lists)} users: ${facts.join(", ")}`;
  return [head, ...rule, ...tables, beyond, ...warnings.map(({ message }) => pc.yellow(`! ${message}`))].join("\n\n");
}

function relevanceInWords({ rule, meaning, heldOut, relevant, usersWithout }: RelevanceFacts): string {
  const counts = `${grouped(relevant)} of ${grouped(heldOut)} held-out items`;
  return `Relevant (${rule}): ${meaning}. ${counts}; ${grouped(usersWithout)} users without one are left out.`;
}

type Baselines = RunEvaluation["baselines"];

function protocolTable({ run, seed }: RunEvaluation, measured: Evaluation, baselines: Baselines): string {
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
  const title = `${protocolTitle(measured, seed)}, ${grouped(measured.users)} users, 95 % intervals`;
  return `${pc.dim(title)}\n${table(["", ...labels], rows)}`;
}

/** What the figures of a protocol mean; sampled ones say how many items were drawn, by which seed. */
function protocolTitle({ protocol, negatives }: Evaluation, seed: number): string {
  if (protocol === "full") return "full ranking: against all items not met in training";
  if (protocol === "given") return "given candidates: those that the data set came with";
  if (protocol === "rating") return "predicted ratings";
  const count = negatives ? negativesInWords(negatives) : protocol.replace("sampled-", "");
  return `${protocol}: against ${count} sampled items only (seed ${seed}), which flatters`;
}
