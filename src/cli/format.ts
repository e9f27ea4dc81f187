/** Thousands separated, as in 1,000,209. */
export const grouped = (value: number): string => value.toLocaleString("en-US");

/** 0.08 s, 4.2 s, 95 s, 12 min. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 600 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Decimal megabytes: 212 MB. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** A metric with its interval: .653 [.641, .665]. */
export function interval({ value, low, high }: { value: number; low: number; high: number }): string {
  return `${share(value)} [${share(low)}, ${share(high)}]`;
}

/** Three decimals without the leading zero, as papers print them. */
export function share(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toFixed(3).replace(/^(-?)0\./, "$1.");
}

/** Unix seconds as a day: 1997-09-20. */
export function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
