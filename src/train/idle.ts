import type { Task } from "../nn/model.ts";
import type { TrainingSettings } from "./settings.ts";

/** What counts where nothing is trained: first values may be drawn, and scoring has threads. */
const always: readonly string[] = ["seed", "threads"];
/** What only training with sampled negatives looks at. */
const sampling: readonly string[] = ["negatives", "negativeSampling", "negativeExponent", "known"];

/** Those of the given options that a model of this task never looks at. */
export function optionsWithoutEffect(own: Task, given: Partial<TrainingSettings>): string[] {
  const named = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (own === "none") return named.filter((name) => !always.includes(name));
  return (given.task ?? own) === "rating" ? named.filter((name) => sampling.includes(name)) : [];
}
