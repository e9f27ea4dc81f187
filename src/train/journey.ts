import type { Average } from "./average.ts";
import { type Best, noBest } from "./best.ts";
import type { Checkpoint, Position } from "./checkpoint.ts";
import type { EpochRecord } from "./events.ts";

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
