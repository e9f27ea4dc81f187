import type { ProfileEntry, StepProfile } from "../../../engine/contract.ts";
import type { Plan } from "../../../graph/plan.ts";
import { labelerOf, type ProfileLabel, type ProfilePhase } from "./label.ts";

/** One line of a profile. Rates are those of a single thread: seconds count every thread's. */
export interface ProfileRow extends ProfileLabel {
  /** What the engine did: `gather`, `product`, `update rows`, `wait` … */
  readonly what: string;
  /** Index of the plan's instruction. */
  readonly slot: number | null;
  /** Share of the time of all threads. */
  readonly percent: number;
  /** Of all threads together. */
  readonly seconds: number;
  readonly nanosecondsPerSample: number;
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
  readonly calls: number;
}

export interface ProfileTable {
  readonly samples: number;
  /** From start to end. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Of all threads together: what the rows add up to. */
  readonly threadSeconds: number;
  /** Of all threads, in the time from start to end. */
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
  /** Percent of the time of all threads. */
  readonly phases: Readonly<Record<ProfilePhase, number>>;
  readonly rows: readonly ProfileRow[];
}

/** Rows with the most time first, or as the steps run. */
export type ProfileOrder = "time" | "plan";

/** A profile as a table to read, in terms of the plan that was run. */
export function profileTable(profile: StepProfile, plan: Plan, order: ProfileOrder = "time"): ProfileTable {
  const { rows: samples, seconds, entries } = profile;
  const label = labelerOf(plan);
  const threadSeconds = total(entries, "seconds");
  const rows = entries.map((entry) => ({ ...label(entry), ...numbers(entry, samples, threadSeconds) }));
  if (order === "time") rows.sort((a, b) => b.seconds - a.seconds);
  const percentOf = (phase: ProfilePhase) =>
    rows.reduce((sum, row) => sum + (row.phase === phase ? row.percent : 0), 0);
  return {
    samples,
    seconds,
    samplesPerSecond: ratio(samples, seconds),
    threadSeconds,
    gigaflopsPerSecond: ratio(total(entries, "flops"), seconds) * 1e-9,
    gigabytesPerSecond: ratio(total(entries, "bytes"), seconds) * 1e-9,
    phases: {
      forward: percentOf("forward"),
      backward: percentOf("backward"),
      update: percentOf("update"),
      engine: percentOf("engine"),
    },
    rows,
  };
}

function numbers({ what, slot, seconds, calls, flops, bytes }: ProfileEntry, samples: number, all: number) {
  return {
    what,
    slot: slot ?? null,
    percent: 100 * ratio(seconds, all),
    seconds,
    nanosecondsPerSample: ratio(seconds * 1e9, samples),
    gigaflopsPerSecond: ratio(flops, seconds) * 1e-9,
    gigabytesPerSecond: ratio(bytes, seconds) * 1e-9,
    calls,
  };
}

/** 0 where nothing was measured: JSON has no infinity. */
const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);

const total = (entries: readonly ProfileEntry[], what: "seconds" | "flops" | "bytes"): number =>
  entries.reduce((sum, entry) => sum + entry[what], 0);

/** Two profiles of one trainer as one. */
export function joinProfiles(a: StepProfile, b: StepProfile): StepProfile {
  const rows = a.rows + b.rows;
  return {
    loss: ratio(a.loss * a.rows + b.loss * b.rows, rows),
    rows,
    seconds: a.seconds + b.seconds,
    entries: a.entries.map((entry, i) => {
      const other = b.entries[i] as ProfileEntry;
      return {
        ...entry,
        seconds: entry.seconds + other.seconds,
        calls: entry.calls + other.calls,
        flops: entry.flops + other.flops,
        bytes: entry.bytes + other.bytes,
      };
    }),
  };
}
