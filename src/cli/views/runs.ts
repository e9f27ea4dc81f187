import { duration, share } from "../format.ts";
import type { RunSummary } from "../run-list.ts";
import { table } from "../table.ts";

export function formatRuns(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return "No runs yet. Train one: penchant train neumf";
  const rows = runs.map(({ run, model, dataset, split, created, seconds, metrics, damaged }) =>
    damaged
      ? [run, `damaged (${damaged})`, "", "", "", "", "", ""]
      : [
          run,
          model ?? "",
          dataset ?? "",
          split ?? "",
          (created ?? "").slice(0, 16).replace("T", " "),
          duration(seconds ?? Number.NaN),
          ...["hr@10", "ndcg@10"].map((label) => share(metrics?.[label] ?? Number.NaN)),
        ],
  );
  return table(["run", "model", "data", "split", "trained", "time", "hr@10 full", "ndcg@10 full"], rows);
}
