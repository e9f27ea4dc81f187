import type { Agreement } from "./result.ts";
import { median } from "./statistics.ts";

/**
 * Losses of two float32 programs over the same steps may differ by this share, from different orders of summation: each of
 * the first EARLY steps, and the mean of all. Later steps one by one may not be held to it: training amplifies the last bits.
 */
export const LOSS_TOLERANCE = 1e-3;
export const EARLY = 100;

const scientific = (value: number): string => value.toExponential(1);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Step by step losses from the same first values over the same rows. */
export function sameLosses(peer: string, ours: readonly number[], theirs: readonly number[]): Agreement {
  const differences = ours.slice(0, EARLY).map((loss, step) => Math.abs(loss - (theirs[step] ?? Number.NaN)) / loss);
  const early = Math.max(...differences);
  const whole = Math.abs(mean(ours) - mean(theirs)) / mean(ours);
  const last = (losses: readonly number[]) => losses.at(-1)?.toFixed(6);
  return {
    holds: ours.length > 0 && ours.length === theirs.length && early <= LOSS_TOLERANCE && whole <= LOSS_TOLERANCE,
    text:
      `${peer}: ${ours.length} steps from the same first values over the same rows, loss ${ours[0]?.toFixed(6)} → ` +
      `${last(ours)}, theirs ${last(theirs)}; largest difference of the first ${differences.length} steps ${scientific(early)}, ` +
      `of the mean of all ${scientific(whole)} (allowed ${scientific(LOSS_TOLERANCE)})`,
  };
}

/** A quality that both reach after the same training, where their arithmetic cannot be the same. `worse` is how far ours may lie behind. */
export function sameQuality(
  what: string,
  ours: number,
  theirs: number,
  { allowed, higherIsBetter }: { allowed: number; higherIsBetter: boolean },
): Agreement {
  const behind = higherIsBetter ? theirs - ours : ours - theirs;
  return {
    holds: behind <= allowed,
    text: `${what}: ours ${ours.toFixed(4)}, theirs ${theirs.toFixed(4)} (ours may be worse by ${allowed})`,
  };
}

/** Share of a list's places at which both have the same item, in the median user's list. */
export function sameLists(peer: string, ours: readonly (readonly number[])[], theirs: readonly (readonly number[])[]) {
  const shares = ours.map((list, row) => {
    const other = new Set(theirs[row]);
    return list.filter((item) => other.has(item)).length / list.length;
  });
  const share = mean(shares);
  return {
    holds: median(shares) === 1 && share >= 0.999,
    text: `${peer}: lists of ${shares.length} users agree in ${(100 * share).toFixed(2)} % of their places (needed 99.9 %)`,
  };
}

/** Parameters byte by byte. */
export function sameBytes(
  what: string,
  a: Readonly<Record<string, Float32Array>>,
  b: Readonly<Record<string, Float32Array>>,
): Agreement {
  const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const differing = Object.keys({ ...a, ...b }).filter((name) => {
    const [x, y] = [a[name], b[name]];
    return !x || !y || !bytes(x).equals(bytes(y));
  });
  const total = Object.keys(a).length;
  return {
    holds: differing.length === 0,
    text: `${what}: ${differing.length === 0 ? `all ${total} parameters are the same bytes` : `different: ${differing.join(", ")}`}`,
  };
}
