import type { TrainingPhase } from "../events.ts";

/** 1234567 → `1.2M`. */
export function compact(value: number): string {
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(value >= 100 * size ? 0 : 1)}${unit}`;
  }
  return value.toFixed(0);
}

/** Seconds as `0:42`, `12:05` or `3:02:11`; below ten seconds with a decimal: `1.4 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = `${rest}`.padStart(2, "0");
  return hours > 0 ? `${hours}:${`${minutes}`.padStart(2, "0")}:${padded}` : `${minutes}:${padded}`;
}

/** Time left: `0:42`, or `0:12–1:20` where training may end early. */
export function timeLeft({
  etaSeconds: most,
  etaLeastSeconds: least,
}: {
  readonly etaSeconds: number;
  readonly etaLeastSeconds: number;
}): string {
  const [from, to] = [duration(least), duration(most)];
  return from === to ? to : `${from}–${to}`;
}

/** `epoch 3/20`; where training may end early `epoch 3/≤100`, in the refit `refit 3/12`, of one of several stages `layer 1, epoch 3/10`. */
export function epochOf({ phase, stage, epoch, epochs }: EpochFacts, endsEarly: boolean): string {
  const name = phase === "refit" ? "refit" : "epoch";
  if (stage !== undefined) return `${stage}, ${name} ${epoch}/${epochs}`; // of an earlier stage they are exact
  return `${name} ${epoch}/${endsEarly && phase !== "refit" ? "≤" : ""}${epochs}`;
}

interface EpochFacts {
  readonly phase: TrainingPhase;
  readonly stage?: string;
  readonly epoch: number;
  readonly epochs: number;
}

interface MetricFacts {
  readonly metric: string;
  readonly protocol: string;
  readonly relevant?: string;
}

/** `ndcg@10 sampled-99`, `hr@10 full of >=4`: a ranking metric is never named without what it was ranked against. */
export function metricName({ metric, protocol, relevant }: MetricFacts): string {
  if (protocol === "rating") return metric;
  return `${metric} ${protocol}${relevant === undefined ? "" : ` of ${relevant}`}`;
}

/** Bytes in binary units: `12 MB`. */
export function bytes(value: number): string {
  if (value >= 2 ** 30) return `${(value / 2 ** 30).toFixed(1)} GB`;
  if (value >= 2 ** 20) return `${(value / 2 ** 20).toFixed(0)} MB`;
  return `${Math.ceil(value / 1024)} kB`;
}
