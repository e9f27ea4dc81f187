import { averageUsers, meanIntervals, means, type UserMetrics } from "../evaluate/index.ts";
import type { Reproduced } from "./types.ts";

/** One way of choosing the epochs of a model's trainings, one per seed. */
export interface Measured
  extends Omit<Reproduced, "metric" | "protocol" | "published" | "measured" | "low" | "high" | "values"> {
  /** Every user's values, in the order of `seeds`. */
  readonly users: readonly UserMetrics[];
}

/** A row for each metric: the mean over the seeds, with that mean's interval. */
export function measuredRows<M extends string>(
  { users, ...facts }: Measured,
  metrics: readonly M[],
  published: Readonly<Record<M, number>> | undefined,
): readonly Reproduced[] {
  const [first, ...others] = users;
  const intervals = first && meanIntervals(averageUsers(first, ...others), { seed: facts.seeds[0] ?? 1 });
  return metrics.map((metric): Reproduced => {
    const { value = Number.NaN, low = Number.NaN, high = Number.NaN } = intervals?.[metric] ?? {};
    const values = users.map((one) => means(one)[metric] ?? Number.NaN);
    return { ...facts, metric, published: published?.[metric] ?? null, measured: value, low, high, values };
  });
}
