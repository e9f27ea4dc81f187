/**
 * Which trials are not worth more epochs: successive halving as a rule for stopping, one trial after the other. At certain
 * numbers of epochs a trial goes on only if it is among the best third of all that have come so far. Nothing depends on time, so
 * that the same trials are stopped on every machine.
 * Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020 (the variant that stops).
 */

/** Epochs of the first decision; each further one comes after three times as many. */
const FIRST = 2;
const FACTOR = 3;

const isRung = (epochs: number): boolean => {
  for (let rung = FIRST; rung <= epochs; rung *= FACTOR) if (rung === epochs) return true;
  return false;
};

/** Validation after each epoch, higher is better; NaN where there was none. */
export type Curve = readonly number[];

/** Whether a trial with this curve is to be stopped, given the curves of the trials before it. */
export function isBehind(curve: Curve, others: readonly Curve[]): boolean {
  const epochs = curve.length;
  if (!isRung(epochs)) return false;
  const reached = others.filter((other) => other.length >= epochs);
  const places = Math.max(1, Math.floor((reached.length + 1) / FACTOR));
  const own = bestUntil(curve, epochs);
  return reached.filter((other) => bestUntil(other, epochs) > own).length >= places && reached.length + 1 >= FACTOR;
}

const bestUntil = (curve: Curve, epochs: number): number =>
  curve
    .slice(0, epochs)
    .reduce((best, value) => (Number.isNaN(value) ? best : Math.max(best, value)), Number.NEGATIVE_INFINITY);
