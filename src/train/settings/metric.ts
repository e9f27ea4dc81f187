import { fail } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import { isGraded, LOGLOSS, type RankingMetricName, rankingMetrics } from "../../evaluate/metrics/index.ts";

/** What validation measures. */
export type ValidationMetric =
  | { readonly kind: "rating"; readonly label: "rmse" | "mae"; readonly lowerIsBetter: true }
  | {
      readonly kind: "ranking";
      readonly label: string;
      readonly k: number;
      /** Looks at the values of held-out items. */
      readonly graded: boolean;
      /** Of the log loss alone. */
      readonly lowerIsBetter: boolean;
    };

/** List length of metrics named without one (`auc` looks at the whole list anyway). */
const DEFAULT_K = 10;

/** Reads `rmse`, `mae`, `auc`, `logloss`, or a ranking metric with its list length such as `ndcg@10`. Throws CONFIG_UNKNOWN. */
export function checkMetric(label: string): ValidationMetric {
  if (label === "rmse" || label === "mae") return { kind: "rating", label, lowerIsBetter: true };
  if (label === LOGLOSS) return { kind: "ranking", label, k: DEFAULT_K, graded: false, lowerIsBetter: true };
  if (label === "auc") return { kind: "ranking", label, k: DEFAULT_K, graded: false, lowerIsBetter: false };
  const [, name = label, k] = /^([a-z-]+)@([1-9]\d{0,5})$/.exec(label) ?? [];
  if (k !== undefined && Object.hasOwn(rankingMetrics, name) && name !== "auc") {
    const graded = isGraded(name as RankingMetricName);
    return { kind: "ranking", label, k: Number(k), graded, lowerIsBetter: false };
  }
  const names = (Object.keys(rankingMetrics) as RankingMetricName[]).map((n) => (n === "auc" ? n : `${n}@10`));
  const valid = [...names, LOGLOSS, "rmse", "mae"];
  const close = nearest(label, valid);
  return fail("CONFIG_UNKNOWN", {
    what: `There is no metric "${label}"`,
    expected: `${valid.join(", ")} (any list length)`,
    received: label,
    fix: close ? `Did you mean "${close}"?` : "Use one of those listed.",
    details: { known: valid },
  });
}

/** What decides whether a log loss can be measured. */
interface LoglossQuestion {
  readonly metric: Pick<ValidationMetric, "label">;
  readonly protocol: string;
  /** Whether scores are logits of a probability. */
  readonly logits: boolean;
}

/** Throws CONFIG_VALUE where a log loss is asked for and scores are no logits, or candidates are not listed. */
export function checkLogloss({ metric: { label }, protocol, logits }: LoglossQuestion): void {
  if (label !== LOGLOSS) return;
  if (!logits) {
    fail("CONFIG_VALUE", {
      what: `"${LOGLOSS}" looks at probabilities, and the scores of this model are none`,
      expected: "a model that learns by binary cross-entropy: the pointwise task with the loss bce",
      fix: "Choose a metric that looks at the order alone, such as metric=ndcg@10 or metric=auc.",
    });
  }
  if (protocol === "full") {
    fail("CONFIG_VALUE", {
      what: `"${LOGLOSS}" needs a list of candidates, and the full protocol ranks without one`,
      expected: "protocol=sampled-N, such as sampled-4, or given",
      received: "protocol=full",
      fix: "Add protocol=sampled-4, with as many negatives as training draws.",
    });
  }
}
