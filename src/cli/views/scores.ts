import pc from "picocolors";
import type { WrittenLists } from "../lists.ts";
import type { ScoredPairs } from "../scoring.ts";
import { table } from "../table.ts";

const reasons = {
  user: "unknown user",
  item: "unknown item",
  history: "nothing learned of the user",
} as const satisfies Record<keyof ScoredPairs["missing"], string>;

/** Scores of pairs, or where they were written. */
export function formatScores({ pairs, rejected, missing, scores, file, warnings = [] }: ScoredPairs): string {
  const without = Object.entries(missing).filter(([, count]) => count > 0);
  const rows = (scores ?? []).map(({ user, item, score, missing: why }) => [
    user,
    item,
    score?.toFixed(3) ?? (why ? reasons[why] : ""),
  ]);
  return [
    scores ? table(["user", "item", "score"], rows) : `${file}: ${pairs} pairs with their scores.`,
    ...without.map(([why, count]) =>
      pc.yellow(`Without a score: ${count} (${reasons[why as keyof ScoredPairs["missing"]]}).`),
    ),
    rejected > 0 && pc.yellow(`Malformed lines, left out: ${rejected}.`),
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
  ]
    .filter(Boolean)
    .join("\n");
}

/** Where everybody's lists were written. */
export function formatLists({ file, users, rows, methods, ignored, warnings = [] }: WrittenLists): string {
  const personal = (methods.model ?? 0) + (methods["fold-in"] ?? 0);
  return [
    `${file}: lists of ${users} users, ${rows} rows; ${personal} of them personal.`,
    ignored && pc.yellow(`Unknown, left out: ${ignored.join(", ")}`),
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
  ]
    .filter(Boolean)
    .join("\n");
}
