/** Square root of the mean squared difference, in units of the rating. NaN without ratings. */
export function rmse(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  return Math.sqrt(mean(predicted, actual, (difference) => difference * difference));
}

/** Mean absolute difference, in units of the rating. NaN without ratings. */
export function mae(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  return mean(predicted, actual, Math.abs);
}

function mean(predicted: ArrayLike<number>, actual: ArrayLike<number>, cost: (difference: number) => number): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) sum += cost((predicted[i] as number) - (actual[i] as number));
  return sum / actual.length;
}
