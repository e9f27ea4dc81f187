import pc from "picocolors";
import type { Reproduction } from "../../reproduce/index.ts";
import { duration, grouped, megabytes } from "../format.ts";
import { table } from "../table.ts";

const digits = (value: number): string => value.toFixed(4).replace(/^0\./, ".");

const header = (hasCosts: boolean) => [
  ...["model", "metric", "published", "measured", "95 % interval", "epoch(s)", "chosen by", "seeds", "time"],
  ...(hasCosts ? ["a training", "peak memory", "parameters"] : []),
];

/** Published beside measured; whatever was chosen on the test says so. */
export function formatReproduction({ name, protocol, rows, small, seconds }: Reproduction): string {
  const hasCosts = rows.some(({ parameters }) => parameters !== undefined);
  const body = rows.map((row) => [
    row.model,
    row.protocol ? `${row.metric} ${row.protocol}` : row.metric,
    row.published === null ? "–" : digits(row.published),
    digits(row.measured),
    `[${digits(row.low)}, ${digits(row.high)}]`,
    row.epochs.join(", "),
    row.epochChosenBy === "none" ? "–" : row.epochChosenBy,
    row.seeds.join(", "),
    duration(row.seconds),
    ...(hasCosts ? costs(row) : []),
  ]);
  const notes = [
    ...explanations(rows, small === undefined),
    ...(small
      ? [
          `In small (--quick): at most ${grouped(small.users)} users, ${grouped(small.epochs)} epoch, ${grouped(small.seeds)} seed. It shows that all of it works; measured compares with nothing, least of all with published.`,
        ]
      : []),
    `All of it in ${duration(seconds)}.`,
  ];
  return `${pc.bold(name)}: ${protocol}\n${table(header(hasCosts), body)}\n\n${notes.map((note) => pc.dim(note)).join("\n")}`;
}

const costs = ({ trainSeconds, peakMemoryBytes, parameters }: Reproduction["rows"][number]): string[] => [
  trainSeconds === undefined ? "–" : duration(trainSeconds),
  peakMemoryBytes === undefined ? "–" : megabytes(peakMemoryBytes),
  parameters === undefined ? "–" : grouped(parameters),
];

function explanations(rows: Reproduction["rows"], isWhole: boolean): readonly string[] {
  const has = (by: Reproduction["rows"][number]["epochChosenBy"]) => rows.some((row) => row.epochChosenBy === by);
  return [
    "measured: mean over the seeds; the interval is that mean's own, by bootstrap over users (rmse: over test ratings).",
    ...(has("test") ? ["chosen by test: the best epoch on the test itself, as the authors report; optimistic."] : []),
    ...(has("validation")
      ? [`chosen by validation: by a part of the training data alone${isWhole ? "; the figure to quote" : ""}.`]
      : []),
  ];
}
