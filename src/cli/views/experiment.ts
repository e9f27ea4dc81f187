import pc from "picocolors";
import type { ExperimentReport } from "../experiment-report.ts";
import { grouped } from "../format.ts";
import { table } from "../table.ts";

const WORDS: Readonly<Record<ExperimentReport["verdict"], string>> = {
  running: "Undecided: let it run on. It may be looked at at any time.",
  better: "The treatment is better.",
  worse: "The treatment is worse.",
  same: "No difference that matters.",
  ended: "As many people as were asked for, and undecided.",
};

export function formatExperiment(report: ExperimentReport): string {
  const { experiment, on, with: other, outcome, arms, difference, p, verdict, decided, warnings } = report;
  const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(2)} %`);
  const rows = arms.map(({ arm, users, outcomes, rate }, i) => [
    arm,
    i === 0 ? on : other,
    ...[users, outcomes].map(grouped),
    percent(rate),
  ]);
  const since = decided ? ` Decided after ${grouped(decided.users)} people, ${decided.time}.` : "";
  return [
    `${pc.bold(experiment)}: ${outcome} after a list was shown`,
    table(["arm", "by", "people", outcome, "share"], rows),
    `treatment - control: ${percent(difference.value)} [${percent(difference.low)}, ${percent(difference.high)}], p ${p.toPrecision(2)}`,
    `${WORDS[verdict]}${since}`,
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
  ].join("\n");
}
