import pc from "picocolors";
import type { Recommendations, RecommendedItem, SimilarItems } from "../../retrieve/index.ts";
import { table } from "../table.ts";

const methods = {
  model: "from the user's own history",
  "fold-in": "learned just now, from the items given and what the run knows of the user",
  history: "from the items given and the user's own history, as they are",
  features: "from what is known of the user: nothing that they did",
  popularity: "not personal: the user is unknown, these are the most popular items",
  baseline: "not personal: the run is a baseline, which has learned from nobody",
} as const satisfies Record<Recommendations["method"], string>;

/** A list for one person, with reasons where they were asked for. */
export function formatRecommendations(answer: Recommendations): string {
  const { user, method, items, explanation, ignored, warnings = [] } = answer;
  const head = user === null ? `For these items: ${forItems(method)}.` : `For ${user}: ${methods[method]}.`;
  const hasReasons = explanation !== "none" && items.some(({ why }) => why !== undefined);
  const byMembers = hasReasons && explanation === "members";
  const rows = items.map((item, place) => [
    place + 1,
    item.item,
    item.score.toFixed(3),
    ...(byMembers ? [members(item)] : []),
    ...(hasReasons ? [reasons(item)] : []),
  ]);
  const notes = [
    hasReasons &&
      explanation &&
      pc.dim(`Reasons by ${explanation}: shares of what in the history speaks for the item.`),
    explanation === "none" && pc.dim("No reasons: nothing in a history led to this list."),
    ignored && ignored.length > 0 && pc.yellow(`Unknown, left out: ${ignored.join(", ")}`),
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
    items.length === 0 && "Nothing left to recommend.",
  ];
  const header = ["", "item", "score", ...(byMembers ? ["says"] : []), ...(hasReasons ? ["because of"] : [])];
  return [head, items.length > 0 && table(header, rows), ...notes].filter(Boolean).join("\n");
}

const forItems = (method: Recommendations["method"]): string =>
  method === "popularity"
    ? "not personal: the run can learn nothing from them, these are the most popular items"
    : method === "fold-in"
      ? "learned just now"
      : methods[method];

function reasons({ why = [] }: RecommendedItem): string {
  return why.map(({ item, weight }) => `${item} ${Math.round(100 * weight)}%`).join(", ") || "–";
}

const members = ({ members: own = [] }: RecommendedItem): string =>
  own.map(({ run, share }) => `${run} ${Math.round(100 * share)}%`).join(", ") || "–";

export function formatSimilar({ item, method, items }: SimilarItems): string {
  const measure = method === "cosine" ? "cosine of the learned vectors" : "met by the same users";
  const rows = items.map((other, place) => [place + 1, other.item, other.score.toFixed(3)]);
  return `Like ${item} (${measure}):\n${table(["", "item", "similarity"], rows)}`;
}
