/**
 * A test that may be looked at after every observation: the mixture sequential probability ratio test of Johari, Koomen, Pekelis and Walsh ("Peeking at
 * A/B tests", KDD 2017), for the difference of two shares.
 */

/** What became of the people of one arm. */
export interface ArmCounts {
  readonly users: number;
  /** Those of whom the outcome was seen. */
  readonly outcomes: number;
}

export interface MixtureOptions {
  /** The difference that matters: standard deviation of the mixture, in shares of users. */
  readonly effect: number;
  /** How often the test may find a difference where there is none, however often it is looked at. */
  readonly alpha: number;
}

export interface MixtureResult {
  /** Treatment minus control, with an interval that holds at all times together with probability 1 - alpha. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  /** 1 / the likelihood ratio; its least until now is a p-value at any time. */
  readonly p: number;
}

/** Before so many people an arm, and so many outcomes in both, the normal approximation is not to be trusted: nothing is said. */
export const LEAST = { users: 100, outcomes: 20 } as const;

/** Difference of two arms as they stand now. */
export function mixtureTest(
  control: ArmCounts,
  treatment: ArmCounts,
  { effect, alpha }: MixtureOptions,
): MixtureResult {
  const n = control.users + treatment.users;
  const outcomes = control.outcomes + treatment.outcomes;
  const value = shareOf(treatment) - shareOf(control);
  const isEarly = Math.min(control.users, treatment.users) < LEAST.users || outcomes < LEAST.outcomes;
  const pooled = outcomes / Math.max(1, n);
  const variance = pooled * (1 - pooled) * (1 / control.users + 1 / treatment.users);
  if (isEarly || !(variance > 0)) return { difference: { value, low: -1, high: 1 }, p: 1 };
  const mixing = effect * effect;
  const total = variance + mixing;
  const ratio = Math.sqrt(variance / total) * Math.exp((mixing * value * value) / (2 * variance * total));
  const half = Math.sqrt(((variance * total) / mixing) * (2 * Math.log(1 / alpha) + Math.log(total / variance)));
  return {
    difference: { value, low: Math.max(-1, value - half), high: Math.min(1, value + half) },
    p: Math.min(1, 1 / ratio),
  };
}

const shareOf = ({ users, outcomes }: ArmCounts): number => (users === 0 ? 0 : outcomes / users);

/** How likely it is that so many of n people or fewer, or as far off the other way, come into an arm of this share: two-sided, by the normal approximation. */
export function ratioTest(users: number, n: number, share: number): number {
  const deviation = Math.sqrt(n * share * (1 - share));
  if (deviation === 0) return 1;
  return 2 * upperTail(Math.abs(users - n * share) / deviation);
}

/** P(Z > z) of a standard normal, z >= 0: Abramowitz and Stegun, 26.2.17; error below 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z);
  const terms = [0.319_381_53, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
  const sum = terms.reduceRight((inner, term) => (inner + term) * t, 0);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
