import pc from "picocolors";
import type { AddedFeatures } from "../../dataset/index.ts";
import type { FeatureReport } from "../../features/index.ts";
import type { FeaturesSummary, FeaturesWorth } from "../featuring.ts";
import { grouped } from "../format.ts";
import { facts, table } from "../table.ts";

/** How a file of features was understood. */
export function formatFeatures({
  source,
  side,
  id,
  rows,
  matched,
  without,
  unknown,
  features,
  warnings,
}: AddedFeatures): string {
  const examples = (what: { readonly count: number; readonly examples: readonly string[] }) =>
    what.count === 0 ? "none" : `${grouped(what.count)}, as ${what.examples.join(", ")}`;
  return [
    pc.bold(`${source}: features of ${side}s`),
    facts([
      ["id column", id],
      ["rows", grouped(rows)],
      [`${side}s met`, grouped(matched)],
      [`${side}s without`, examples(without)],
      ["ids not in the data", examples(unknown)],
    ]),
    formatReports(features),
    ...(warnings.length > 0 ? [warnings.map(({ message }) => `! ${message}`).join("\n")] : []),
  ].join("\n\n");
}

export function formatAdded({ dataset, added, dryRun }: FeaturesSummary): string {
  const next = dryRun
    ? "Nothing was written (--dry-run)."
    : `Next: penchant train ncf-features --data ${dataset} --split cold-item`;
  return [...added.map(formatFeatures), next].join("\n\n");
}

/** What the features of a data set are worth. */
export function formatWorth({ dataset, items, users, context = [] }: FeaturesWorth): string {
  const parts = [
    ...(items.length > 0 ? [`${pc.bold(`${dataset}: features of items`)}\n\n${formatReports(items)}`] : []),
    ...(users.length > 0 ? [`${pc.bold(`${dataset}: features of users`)}\n\n${formatReports(users)}`] : []),
  ];
  if (context.length > 0) parts.push(`${pc.bold(`${dataset}: context of events`)}\n\n${formatReports(context)}`);
  if (parts.length > 0) return parts.join("\n\n");
  return `${dataset} has no features. Add some: penchant features ${dataset} --items FILE`;
}

/** A row a feature. */
export function formatReports(features: readonly FeatureReport[]): string {
  const rows = features.map(({ name, kind, why, coverage, distinct, popularity }) => [
    name,
    kind === "none" ? pc.dim("not used") : pc.green(kind),
    `${Math.round(100 * coverage)} %`,
    grouped(distinct),
    popularity?.toFixed(2) ?? "–",
    why,
  ]);
  return table(["feature", "kind", "known", "distinct", "popularity", "why"], rows);
}
