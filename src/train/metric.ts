import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { isGraded, type RankingMetricName, rankingMetrics } from "../evaluate/metrics/index.ts";

/** What validation measures. */
export type ValidationMetric =
  | { readonly kind: "rating"; readonly label: "rmse" | "mae"; readonly lowerIsBetter: true }
  | {
      readonly kind: "ranking";
      readonly label: string;
      readonly k: number;
      /** Looks at the values of held-out items. */
      readonly graded: boolean;
      readonly lowerIsBetter: false;
    };

/** List length of metrics named without one (`auc` looks at the whole list anyway). */
const DEFAULT_K = 10;

/** Reads `rmse`, `mae`, `auc`, or a ranking metric with its list length such as `ndcg@10`. Throws CONFIG_UNKNOWN. */
export function checkMetric(label: string): ValidationMetric {
  if (label === "rmse" || label === "mae") return { kind: "rating", label, lowerIsBetter: true };
  if (label === "auc") return { kind: "ranking", label, k: DEFAULT_K, graded: false, lowerIsBetter: false };
  const [, name = label, k] = /^([a-z-]+)@([1-9]\d{0,5})$/.exec(label) ?? [];
  if (k !== undefined && Object.hasOwn(rankingMetrics, name) && name !== "auc") {
    const graded = isGraded(name as RankingMetricName);
    return { kind: "ranking", label, k: Number(k), graded, lowerIsBetter: false };
  }
  const names = (Object.keys(rankingMetrics) as RankingMetricName[]).map((n) => (n === "auc" ? n : `${n}@10`));
  const valid = [...names, "rmse", "mae"];
  const close = nearest(label, valid);
  return fail("CONFIG_UNKNOWN", {
    what: `There is no metric "${label}"`,
    expected: `${valid.join(", ")} (any list length)`,
    received: label,
    fix: close ? `Did you mean "${close}"?` : "Use one of those listed.",
    details: { known: valid },
  });
}
