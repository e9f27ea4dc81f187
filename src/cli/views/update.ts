import pc from "picocolors";
import { duration } from "../format.ts";
import { table } from "../table.ts";
import type { UpdatedRun, UpdateOutcome } from "../updating.ts";

/** What an update added, and what it is worth beside a training from scratch. */
export function formatUpdate({
  run,
  dataset,
  added,
  tested,
  updated,
  scratch,
  runs,
  features,
  warnings,
}: UpdatedRun): string {
  const labels = Object.keys(updated.test ?? {});
  const row = (name: string, { epochs, seconds, test }: UpdateOutcome) => [
    name,
    epochs,
    duration(seconds),
    ...labels.map((label) => test?.[label]?.toFixed(3) ?? ""),
  ];
  const malformed = added.rejected > 0 ? `, ${added.rejected} malformed lines left out` : "";
  return [
    `${run}, ${dataset}: ${added.rows} rows${malformed}; ${added.interactions} new interactions, ${added.users} new users, ${added.items} new items.`,
    table(
      ["", "epochs", "time", ...labels],
      [row("updated", updated), ...(scratch ? [row("from scratch", scratch)] : [])],
    ),
    tested > 0
      ? pc.dim(`Measured on ${tested} interactions that the run had not learned from; the saved one has, since.`)
      : pc.yellow("Not measured: there is nothing that the run had not learned from before."),
    ...(features ?? []).map(
      ({ source, matched, side }) => `${source}: what is known of ${matched} ${side}s; features keep their kinds.`,
    ),
    runs.length > 0 && pc.dim(`Trained on the data as they were, and no longer to be measured: ${runs.join(", ")}.`),
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
  ]
    .filter(Boolean)
    .join("\n");
}
