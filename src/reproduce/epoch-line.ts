import type { EpochRecord } from "../train/index.ts";

export interface EpochWords {
  /** What validation measures, as people write it. */
  readonly metric: string;
  /** Of the loss. */
  readonly digits: number;
}

/** What a reproduction says after each epoch. */
export function epochLine(
  name: string,
  seed: number,
  { epoch, loss, validation, seconds }: EpochRecord,
  { metric, digits }: EpochWords,
): string {
  const watched = validation ? `, validation ${metric} ${validation.value.toFixed(4)}` : "";
  return `${name} seed ${seed} epoch ${epoch}: loss ${loss.toFixed(digits)}${watched}, ${seconds.toFixed(1)} s`;
}
