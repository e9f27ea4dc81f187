import type { StepProfile } from "../contract.ts";

/** What the core sends: null stands for what is not there, and for a loss that is not finite. */
interface SentProfile {
  readonly loss: number | null;
  readonly rows: number;
  readonly seconds: number;
  readonly entries: readonly {
    readonly what: string;
    readonly slot: number | null;
    readonly parameter: string | null;
    readonly seconds: number;
    readonly calls: number;
    readonly flops: number;
    readonly bytes: number;
  }[];
}

export function parseProfile(json: string): StepProfile {
  const { loss, rows, seconds, entries } = JSON.parse(json) as SentProfile;
  return {
    loss: loss ?? Number.NaN,
    rows,
    seconds,
    entries: entries.map(({ slot, parameter, ...entry }) => ({
      ...entry,
      slot: slot ?? undefined,
      parameter: parameter ?? undefined,
    })),
  };
}
