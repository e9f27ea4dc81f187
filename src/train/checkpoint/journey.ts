import type { EpochRecord } from "../told/events.ts";
import type { Checkpoint, Position } from "./checkpoint.ts";

/** What changes while a run goes on, besides the engine's state. */
export interface Journey {
  position: Position;
  records: EpochRecord[];
  best: Best;
  bestParameters: Readonly<Record<string, Float32Array>> | undefined;
  average: Average | undefined;
  /** Seconds that earlier processes spent on this run. */
  readonly earlier: number;
}

export const epochStart = (epoch: number): Position => ({ epoch, step: 0, lossSum: 0, rows: 0, seconds: 0 });

export function startJourney(checkpoint: Checkpoint | undefined): Journey {
  if (!checkpoint) {
    return {
      position: epochStart(0),
      records: [],
      best: noBest,
      bestParameters: undefined,
      average: undefined,
      earlier: 0,
    };
  }
  const { position, records, best, average, elapsed, selection } = checkpoint;
  const bestParameters = selection ? undefined : checkpoint.bestParameters; // in the refit those of the selection
  return { position, records: [...records], best, bestParameters, average, earlier: elapsed };
}

/** Adds what a call of the engine did. */
export function advance(
  position: Position,
  steps: number,
  report: { readonly loss: number; readonly rows: number; readonly seconds: number },
): Position {
  return {
    epoch: position.epoch,
    step: position.step + steps,
    lossSum: position.lossSum + report.loss * report.rows,
    rows: position.rows + report.rows,
    seconds: position.seconds + report.seconds,
  };
}

/** The best validated epoch so far, and for how long nothing was better. Plain JSON. */
export interface Best {
  /** Counted from 1; 0 before the first validation. */
  readonly epoch: number;
  /** Absent before the first validation. */
  readonly value?: number;
  /** Validations since. */
  readonly stale: number;
}

export const noBest: Best = { epoch: 0, stale: 0 };

/** Whether `value` beats the best by more than `minDelta`; NaN beats nothing. */
export function improves(
  { value: best }: Best,
  value: number,
  { lowerIsBetter, minDelta }: { readonly lowerIsBetter: boolean; readonly minDelta: number },
): boolean {
  if (Number.isNaN(value)) return false;
  if (best === undefined) return true;
  return lowerIsBetter ? value < best - minDelta : value > best + minDelta;
}

/**
 * Stochastic weight averaging, Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI
 * 2018, algorithm 1, with a constant or scheduled rate: the mean of the parameters at the ends of epochs. Running
 * statistics are averaged like the rest rather than measured anew.
 */
export interface Average {
  /** Epochs that went in. */
  readonly epochs: number;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** The mean with one more epoch; `latest` is used up. */
export function includeInAverage(
  average: Average | undefined,
  latest: Readonly<Record<string, Float32Array>>,
): Average {
  if (!average) return { epochs: 1, parameters: latest };
  const epochs = average.epochs + 1;
  for (const [name, values] of Object.entries(latest)) {
    const means = average.parameters[name] ?? values;
    for (let i = 0; i < values.length; i++) {
      const mean = means[i] as number;
      values[i] = mean + ((values[i] as number) - mean) / epochs;
    }
  }
  return { epochs, parameters: latest };
}
