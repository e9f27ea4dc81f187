import { fail } from "../core/errors.ts";
import type { BootstrapOptions } from "./bootstrap.ts";
import { meanIntervals, type UserMetrics } from "./measure.ts";
import type { Interval } from "./types.ts";

/**
 * Mean difference a - b of each metric over the same users, with the 95 % interval of a paired bootstrap: far narrower than
 * what two separate intervals suggest, because hard users are hard for both. An interval that holds 0 means that these users
 * do not tell the runs apart. Throws EVAL_UNPAIRED where users or metrics differ.
 */
export function pairedDifference(
  a: UserMetrics,
  b: UserMetrics,
  options: BootstrapOptions,
): Readonly<Record<string, Interval>> {
  checkPaired(a, b);
  return meanIntervals({ ...a, cells: a.cells.map((value, i) => value - (b.cells[i] as number)) }, options);
}

/** Throws EVAL_UNPAIRED unless both tables hold the same metrics of the same users. */
export function checkPaired(a: UserMetrics, b: UserMetrics): void {
  if (a.users.length !== b.users.length || a.users.some((user, i) => user !== b.users[i])) {
    fail("EVAL_UNPAIRED", {
      what: "The two runs were not evaluated on the same users",
      received: `${a.users.length} and ${b.users.length} users`,
    });
  }
  if (a.labels.join() !== b.labels.join()) {
    fail("EVAL_UNPAIRED", {
      what: "The two runs were not evaluated with the same metrics",
      received: `${a.labels.join(", ")} and ${b.labels.join(", ")}`,
    });
  }
}
