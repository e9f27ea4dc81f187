import pc from "picocolors";
import type { Reproduction } from "../../reproduce/index.ts";
import { duration } from "../format.ts";
import { table } from "../table.ts";

const digits = (value: number): string => value.toFixed(4).replace(/^0\./, ".");

const choosers = {
  test: "the test itself, as the authors did",
  validation: "validation",
  none: "–",
} as const satisfies Record<Reproduction["rows"][number]["epochChosenBy"], string>;

/** Published beside measured; whatever was chosen on the test says so. */
export function formatReproduction({ name, protocol, rows, seconds }: Reproduction): string {
  const header = [
    "model",
    "metric",
    "published",
    "measured",
    "95 % interval",
    "best epoch",
    "chosen by",
    "seeds",
    "time",
  ];
  const body = rows.map((row) => [
    row.model,
    row.metric,
    row.published === undefined ? "–" : digits(row.published),
    digits(row.measured),
    `[${digits(row.low)}, ${digits(row.high)}]`,
    row.epochs.join(", "),
    choosers[row.epochChosenBy],
    row.seeds.join(", "),
    duration(row.seconds),
  ]);
  return `${pc.bold(name)}: ${protocol}\n${table(header, body)}\n${pc.dim(`All of it in ${duration(seconds)}.`)}`;
}
