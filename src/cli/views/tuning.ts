import pc from "picocolors";
import { lowerIsBetter } from "../../tune/index.ts";
import { duration, share } from "../format.ts";
import { splitText } from "../split-choice.ts";
import { table } from "../table.ts";
import type { Tuning } from "../tuning.ts";

/** The best trials, what they gain, and the command that trains the winner. */
export function formatTuning(tuning: Tuning): string {
  return [formatTrials(tuning), gainInWords(tuning), `Train the winner: ${tuning.command}`].join("\n\n");
}

type Shown = Pick<Tuning, "dataset" | "model" | "split" | "metric" | "protocol" | "trials" | "searched">;

const SHOWN = 10;

/** Best first; those that were not measured are counted. */
export function formatTrials({ dataset, model, split, metric, protocol, trials, searched }: Shown): string {
  const sign = lowerIsBetter(metric) ? -1 : 1;
  const measured = trials.flatMap((trial) => (trial.measured ? [{ ...trial, measured: trial.measured }] : []));
  const sorted = [...measured].sort((a, b) => sign * (b.measured.value - a.measured.value));
  const rows = sorted
    .slice(0, SHOWN)
    .map(({ number, measured: { value, low, high }, values, bestEpoch, seconds }) => [
      number,
      `${value.toFixed(4)} [${share(low)}, ${share(high)}]`,
      ...searched.map((name) => (name in values ? String(values[name]) : "usual")),
      bestEpoch > 0 ? String(bestEpoch) : "–",
      duration(seconds),
    ]);
  const title = `${pc.bold(model)} on ${dataset}, ${splitText(split)} split, ${metric} (${protocol}) of the validation part, 95 % intervals`;
  const behind = trials.filter(({ ended }) => ended === "behind").length;
  const failed = trials.filter(({ ended }) => ended === "failed").length;
  const rest = [
    `${trials.length} trials`,
    ...(behind > 0 ? [`${behind} stopped early`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(", ");
  return `${title}\n${table(["trial", metric, ...searched, "epoch", "time"], rows)}\n${pc.dim(rest)}`;
}

function gainInWords({ best, gain, asked, trials }: Tuning): string {
  const cut =
    trials.length < asked
      ? ` The budget ended after ${trials.length} of ${asked} trials; the same command goes on.`
      : "";
  if (best === 0) return `Nothing was better than the usual options.${cut}`;
  if (!gain) return `Trial ${best} was the best.${cut}`;
  const signed = (value: number): string => (value > 0 ? `+${value.toFixed(4)}` : value.toFixed(4));
  const isNoise = gain.low <= 0 && gain.high >= 0;
  const what = isNoise
    ? "noise: the validation part does not tell it from the usual options"
    : "on the part that chose it, which flatters; penchant compare tells what is left of it on the test part";
  return `Trial ${best} against the usual options: ${signed(gain.value)} [${signed(gain.low)}, ${signed(gain.high)}], ${what}.${cut}`;
}
