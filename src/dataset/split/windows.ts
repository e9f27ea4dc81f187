import { checkInteractions, checkOptions } from "../../core/argument.ts";
import type { Interactions } from "../interactions.ts";
import { checkPart, cut, NOWHERE, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";
import { dropNewUsers, newUsers, timesOf } from "./time.ts";

export interface WindowOptions {
  /** Which window, counted from 1, the earliest. */
  readonly window: number;
  /** How many there are. */
  readonly windows: number;
  /** Blocks before the held-out ones that are learned from. Default: all of them. */
  readonly learnFrom?: number;
  /** Whether the block before the tested one is the validation part; otherwise it is training. Default false. */
  readonly validation?: boolean;
  /** Keep held-out interactions of users who have none in training. Default false: dropped, with a warning. */
  readonly keepNewUsers?: boolean;
}

/**
 * The time split, at several instants: the interactions in order of time are cut into `windows + 2` blocks of equal size, and window w is tested on
 * block w + 2, chooses by block w + 1 and learns from those before, so that windows slide towards the present. Interactions of the same second are never torn apart; those
 * without a time are training. Throws CONFIG_VALUE; DATA_SPLIT without times, or where a part is empty.
 */
export function windowSplit(interactions: Interactions, options: WindowOptions): Split {
  checkInteractions(interactions, "windowSplit(interactions)");
  checkOptions(options, "windowSplit(interactions, options)");
  const { window, windows, learnFrom = window, validation = false, keepNewUsers = false } = options;
  checkPart("window", window, windows, 1);
  const times = timesOf(interactions);
  const sorted = times.filter((time) => !Number.isNaN(time)).sort();
  const instant = (block: number): number =>
    sorted[Math.floor((sorted.length * block) / (windows + 2))] ?? Number.POSITIVE_INFINITY;
  const held = window + (validation ? 0 : 1);
  const [from, validated, tested, end] = [held - learnFrom, held, window + 1, window + 2].map(instant) as [
    number,
    number,
    number,
    number,
  ];
  const isFirst = held - learnFrom <= 0;
  const part = Uint8Array.from(times, (time) => {
    if (Number.isNaN(time)) return TRAIN;
    if (time >= end || (time < from && !isFirst)) return NOWHERE;
    return time >= tested ? TEST : time >= validated ? VALIDATION : TRAIN;
  });
  const dropped = keepNewUsers ? 0 : dropNewUsers(interactions, part);
  return cut(interactions, part, { kind: "time", seed: 0, validation, warnings: newUsers(dropped) });
}
