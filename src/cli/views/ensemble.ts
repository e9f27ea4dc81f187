import pc from "picocolors";
import type { TrainedEnsemble } from "../ensembling.ts";
import { duration } from "../format.ts";
import { splitText } from "../split-choice.ts";
import { facts, table } from "../table.ts";

/** What an ensemble was made of, and what to do next. */
export function formatEnsemble(trained: TrainedEnsemble): string {
  const { run, dataset, split, fuse, members, validation, seconds } = trained;
  const isChosen = validation !== undefined;
  return [
    facts([
      ["run", pc.bold(run)],
      ["model", `ensemble of ${members.filter(({ weight }) => weight > 0).length} runs, ${fuse}`],
      ["data", `${dataset}, ${splitText(split)} split`],
      ...(validation
        ? [["validation", `${validation.metric} (${validation.protocol}) ${validation.value.toFixed(4)}`] as const]
        : []),
      ["time", duration(seconds)],
    ]),
    "",
    table(
      ["run", "model", "weight", ...(isChosen ? ["alone"] : [])],
      members.map((member) => [
        ...[member.run, member.model, member.weight.toFixed(3)],
        ...(isChosen ? [(member.validation ?? Number.NaN).toFixed(4)] : []),
      ]),
    ),
    "",
    `Next: penchant evaluate ${run} · penchant recommend ${run} --user ID --why`,
  ].join("\n");
}
