import pc from "picocolors";
import type { OverParts, TrainedParts } from "../folds.ts";
import { duration, share } from "../format.ts";
import { table } from "../table.ts";

/** What the parts say together, a table per protocol, and how far they are apart. */
export function formatParts({ model, dataset, split, runs, protocols, seconds }: TrainedParts): string {
  const tables = protocols.map(({ protocol, run, popularity }) => {
    const labels = Object.keys(run);
    const each = runs.map(({ run: name }, i) => [
      name,
      ...labels.map((label) => share(run[label]?.values[i] ?? Number.NaN)),
    ]);
    const rows = [
      ...each,
      [pc.bold("mean"), ...labels.map((label) => spread(run[label]))],
      ...(Object.keys(popularity).length > 0
        ? [["popularity", ...labels.map((label) => spread(popularity[label]))]]
        : []),
    ];
    return `${pc.dim(`${protocol}, mean ± standard deviation over ${runs.length}`)}\n${table(["", ...labels], rows)}`;
  });
  const what = split.startsWith("k-fold") ? "folds overlap in training" : "later windows learn from more";
  return [
    `${pc.bold(model)} on ${dataset}, ${split}: ${runs.length} runs in ${duration(seconds)}`,
    ...tables,
    pc.dim(`The deviation is that between runs, whose ${what}: no confidence interval.`),
    `Next: penchant compare ${runs.map(({ run }) => run).join(" ")}`,
  ].join("\n\n");
}

const spread = (over: OverParts | undefined): string => {
  if (!over) return "–";
  return over.deviation === undefined ? share(over.mean) : `${share(over.mean)} ± ${share(over.deviation)}`;
};
