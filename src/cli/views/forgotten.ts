import pc from "picocolors";
import type { Forgotten } from "../forgetting.ts";

/** What a person was taken out of, and what was looked at afterwards. */
export function formatForgotten({ user, datasets, runs, models, checkpoints, events, searched }: Forgotten): string {
  const megabytes = (searched.bytes / 1e6).toFixed(1);
  return [
    ...datasets.map(({ dataset, interactions }) => `data set ${dataset}: ${interactions} interactions`),
    ...runs.map(({ run, interactions, tables }) => {
      const rows = tables.length > 0 ? `, and their row of ${tables.join(", ")}` : "";
      return `run ${run}: ${interactions} interactions${rows}`;
    }),
    ...models.map(({ model, interactions }) => `deployment ${model}: ${interactions} interactions`),
    checkpoints.length > 0 && `checkpoints, removed: ${checkpoints.join(", ")}`,
    events > 0 && `event log: ${events} entries`,
    `Nothing of ${user} is left in the ${searched.files} files (${megabytes} MB) of the workspace.`,
    pc.dim("What the runs learned from everybody together (rows of items, layers) stays until they are trained again;"),
    pc.dim("files elsewhere, such as the one imported, exports and lists, are yours to delete."),
  ]
    .filter(Boolean)
    .join("\n");
}
