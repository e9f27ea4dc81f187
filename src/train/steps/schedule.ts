import type { TrainingSettings } from "../settings/settings.ts";

/** Learning rate of a step, counted from 0 over the whole run; always a float32 value. */
export type RateOf = (step: number) => number;

type ScheduleSettings = Pick<
  TrainingSettings,
  "learningRate" | "schedule" | "warmupEpochs" | "finalRate" | "decayRate" | "decayEpochs" | "epochs"
>;

/**
 * The schedule of a run. First `warmupEpochs` of a straight rise that reaches the full rate with its last step; then, with
 * t from 0 to 1 over the rest of the run and e epochs since the warm-up:
 * - constant: 1
 * - linear: 1 - (1 - finalRate) t
 * - cosine: finalRate + (1 - finalRate) (1 + cos(pi t)) / 2 (Loshchilov and Hutter 2017, equation 5, without restarts)
 * - step: decayRate ^ floor(e / decayEpochs)
 * - exponential: decayRate ^ (e / decayEpochs)
 * times `learningRate`.
 */
export function scheduleOf(settings: ScheduleSettings, stepsPerEpoch: number): RateOf {
  const { learningRate, warmupEpochs, epochs } = settings;
  const warmup = Math.round(warmupEpochs * stepsPerEpoch);
  const rest = Math.max(1, epochs * stepsPerEpoch - warmup);
  const factor = (step: number): number => {
    if (step < warmup) return (step + 1) / warmup;
    const since = step - warmup;
    return decay(settings, Math.min(1, since / rest), since / stepsPerEpoch);
  };
  return (step) => Math.fround(learningRate * factor(step));
}

function decay({ schedule, finalRate, decayRate, decayEpochs }: ScheduleSettings, t: number, epochs: number): number {
  switch (schedule) {
    case "constant":
      return 1;
    case "linear":
      return 1 - (1 - finalRate) * t;
    case "cosine":
      return finalRate + ((1 - finalRate) * (1 + Math.cos(Math.PI * t))) / 2;
    case "step":
      return decayRate ** Math.floor(epochs / decayEpochs);
    case "exponential":
      return decayRate ** (epochs / decayEpochs);
  }
}

/** Rates of the steps [from, to): one number where they are all the same. */
export function ratesOf(rateOf: RateOf, from: number, to: number): number | Float32Array {
  const rates = Float32Array.from({ length: to - from }, (_, i) => rateOf(from + i));
  const [first = 0] = rates;
  return rates.every((rate) => rate === first) ? first : rates;
}
