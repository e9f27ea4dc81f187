import { duration, share } from "../format.ts";
import type { RunSummary } from "../run-list.ts";
import type { TrainingFacts } from "../runs.ts";
import { table } from "../table.ts";

export function formatRuns(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return "No runs yet. Train one: penchant train neumf";
  const rows = runs.map(({ damaged, ...summary }) =>
    damaged ? [summary.run, `damaged (${damaged})`, "", "", "", "", "", "", "", ""] : rowOf(summary),
  );
  const header = ["run", "model", "data", "split", "learned from", "epoch", "trained", "time"];
  return table([...header, "hr@10 full", "ndcg@10 full"], rows);
}

const rowOf = ({ run, model, dataset, split, created, seconds, metrics, ...facts }: RunSummary): string[] => [
  ...[run, model ?? "", dataset ?? "", split ?? "", learnedFrom(facts), epochOf(facts)],
  (created ?? "").slice(0, 16).replace("T", " "),
  duration(seconds ?? Number.NaN),
  ...["hr@10", "ndcg@10"].map((label) => share(metrics?.[label] ?? Number.NaN)),
];

const learnedFrom = ({ refit, final }: TrainingFacts): string =>
  final ? "everything" : refit ? "training + validation" : "training";

/** The epoch chosen. */
export const epochOf = ({ bestEpoch }: TrainingFacts): string => (bestEpoch === undefined ? "–" : String(bestEpoch));
