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
