import type { Ranked } from "./ranked.ts";

/** How many items the sampled protocol really had per user: a small catalogue, or a long history, leaves fewer than asked for. */
export interface SampledNegatives {
  readonly asked: number;
  /** Of any user, and the most of any user. */
  readonly fewest: number;
  readonly most: number;
  /** Users with fewer than asked for. */
  readonly short: number;
}

/** Something that a reader of a measurement should know. */
export interface EvaluationWarning {
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
}

export function sampledNegatives({ candidates, heldOut }: Ranked, asked: number): SampledNegatives {
  return countNegatives(
    candidates.map((count, row) => count - (heldOut[row] as number)),
    asked,
  );
}

/** `counts`: one per user. */
export function countNegatives(counts: Int32Array, asked: number): SampledNegatives {
  return {
    asked,
    fewest: counts.reduce((least, count) => Math.min(least, count), asked),
    most: counts.reduce((most, count) => Math.max(most, count), 0),
    short: counts.reduce((short, count) => short + (count < asked ? 1 : 0), 0),
  };
}

/** `28`, or `28 to 99`. */
export const negativesInWords = ({ fewest, most }: SampledNegatives): string =>
  fewest === most ? String(most) : `${fewest} to ${most}`;

/** Where a sampled protocol could not be what its name says. */
export function fewNegatives(
  evaluations: readonly { readonly protocol: string; readonly users: number; readonly negatives?: SampledNegatives }[],
): EvaluationWarning[] {
  return evaluations.flatMap(({ protocol, users, negatives }) => {
    if (!negatives || negatives.short === 0) return [];
    const { short, asked } = negatives;
    const who = `${short} of ${users} users have fewer than ${asked} unknown items`;
    const message = `${protocol}: ${who}; they were ranked against all of those (${negativesInWords(negatives)} per user).`;
    return [{ code: "few-negatives", message }];
  });
}
