import { InvalidArgumentError } from "commander";
import { fail } from "../core/errors.ts";
import type { SplitKind } from "../dataset/index.ts";

/** What `--split` names: a kind, and of folds and windows how many there are and which one; without one, each of them in turn. */
export interface SplitChoice {
  readonly kind: SplitKind;
  /** Counted from 1. */
  readonly part?: number | undefined;
  readonly parts?: number | undefined;
  /** Of cold ones: which are held out. Default: drawn ones. */
  readonly by?: "date" | undefined;
}

const kinds: readonly SplitKind[] = [
  ...(["leave-last-out", "ratio", "time", "k-fold", "given", "cold-item", "cold-user", "cold-both", "none"] as const),
];

/** Folds where nobody says how many. */
const USUAL_FOLDS = 5;

/** Parses `ratio`, `k-fold:5` (each fold in turn), `k-fold:2/5` (the second), `time:5`, `time:2/5`, `cold-item:date` (those that appeared last). */
export function splitChoice(text: string): SplitChoice {
  const cold = kinds.find((kind) => kind.startsWith("cold-") && text === `${kind}:date`);
  if (cold) return { kind: cold, by: "date" };
  const [, kind = "", first, second] = /^([a-z-]+?)(?::(\d+)(?:\/(\d+))?)?$/.exec(text) ?? [];
  const known = kinds.find((each) => each === kind);
  if (known === undefined) {
    throw new InvalidArgumentError(
      `Allowed choices are ${kinds.join(", ")}, k-fold:5, k-fold:2/5, time:5, time:2/5, cold-item:date.`,
    );
  }
  if (first === undefined) return known === "k-fold" ? { kind: known, parts: USUAL_FOLDS } : { kind: known };
  if (known !== "k-fold" && known !== "time") {
    throw new InvalidArgumentError(`Only k-fold and time come in several parts, and ${known} does not.`);
  }
  const [part, parts] = second === undefined ? [undefined, Number(first)] : [Number(first), Number(second)];
  const least = known === "k-fold" ? 2 : 1;
  if (!(parts >= least && parts <= MOST) || (part !== undefined && !(part >= 1 && part <= parts))) {
    throw new InvalidArgumentError(`Expected ${known}:N, N from ${least} to ${MOST}, or ${known}:I/N, I from 1 to N.`);
  }
  return { kind: known, part, parts };
}

const MOST = 100;

/** As it is written on the command line. Takes what a run's metadata keep as well. */
export function splitText({
  kind,
  part,
  parts,
  by,
}: Readonly<Record<string, unknown>> & { readonly kind: string }): string {
  if (by === "date") return `${kind}:date`;
  if (typeof parts !== "number") return kind;
  return typeof part === "number" ? `${kind}:${part}/${parts}` : `${kind}:${parts}`;
}

/** Whether it stands for several splits, one after the other. */
export const isSeveral = ({ part, parts }: SplitChoice): boolean => parts !== undefined && part === undefined;

/** Throws USAGE_ARGUMENTS where all folds or windows are asked for of what looks at one. */
export function refuseSeveral(split: SplitChoice | undefined, what: string): void {
  if (split === undefined || !isSeveral(split)) return;
  const one = splitText({ ...split, part: 1 });
  fail("USAGE_ARGUMENTS", {
    what: `${what} looks at one split, and ${splitText({ ...split })} stands for ${split.parts}`,
    fix: `Name one of them, such as --split ${one}.`,
  });
}
