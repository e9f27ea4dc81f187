import pc from "picocolors";
import type { Reproduction } from "../../reproduce/index.ts";
import { duration } from "../format.ts";
import { table } from "../table.ts";

const digits = (value: number): string => value.toFixed(4).replace(/^0\./, ".");

const header = ["model", "metric", "published", "measured", "95 % interval", "epoch(s)", "chosen by", "seeds", "time"];

/** Published beside measured; whatever was chosen on the test says so. */
export function formatReproduction({ name, protocol, rows, seconds }: Reproduction): string {
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
  ]);
  const notes = [...explanations(rows), `All of it in ${duration(seconds)}.`];
  return `${pc.bold(name)}: ${protocol}\n${table(header, body)}\n\n${notes.map((note) => pc.dim(note)).join("\n")}`;
}

function explanations(rows: Reproduction["rows"]): readonly string[] {
  const has = (by: Reproduction["rows"][number]["epochChosenBy"]) => rows.some((row) => row.epochChosenBy === by);
  return [
    "measured: mean over the seeds; the interval is that mean's own, by bootstrap over users (rmse: over test ratings).",
    ...(has("test") ? ["chosen by test: the best epoch on the test itself, as the authors report; optimistic."] : []),
    ...(has("validation") ? ["chosen by validation: by a part of the training data alone; the figure to quote."] : []),
  ];
}
