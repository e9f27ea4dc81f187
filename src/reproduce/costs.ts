import { parameterCount, type Run } from "../train/index.ts";
import type { Reproduced } from "./types.ts";

export type Costs = Required<Pick<Reproduced, "parameters" | "trainSeconds" | "peakMemoryBytes">>;

/** What a training cost. */
export const costsOf = (run: Run): Costs => ({
  parameters: parameterCount(run),
  trainSeconds: run.seconds,
  peakMemoryBytes: run.peakMemoryBytes,
});

/** Of several trainings of one model: the mean of their seconds, the most of the others. */
export function meanCosts(costs: readonly Costs[]): Costs {
  const most = (key: keyof Costs): number => Math.max(...costs.map((each) => each[key]));
  return {
    parameters: most("parameters"),
    trainSeconds: costs.reduce((sum, each) => sum + each.trainSeconds, 0) / costs.length,
    peakMemoryBytes: most("peakMemoryBytes"),
  };
}
