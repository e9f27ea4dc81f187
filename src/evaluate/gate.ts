/** A condition on what a run may lose to the one that it is to replace: `ndcg@10 full >= -0.5%`. */
import { fail } from "../core/errors.ts";
import type { Interval } from "./types.ts";

export interface Gate {
  /** As it was written. */
  readonly text: string;
  readonly metric: string;
  readonly protocol: string;
  /** Which end of the difference counts: what was measured, or an end of its 95 % interval. */
  readonly end: keyof Interval;
  readonly sign: ">=" | "<=";
  /** The bound; with a percent sign, a share of the first run's value. */
  readonly bound: number;
  readonly isRelative: boolean;
}

export interface Judgement {
  readonly gate: string;
  readonly passed: boolean;
  /** What was held against the bound, in the metric's units. */
  readonly difference: number;
  readonly bound: number;
  readonly reason: string;
}

const FORM = /^(\S+)\s+(\S+?)(?:\s+(low|high))?\s*(>=|<=)\s*([-+]?\d+(?:\.\d+)?)\s*(%?)$/;

/** Reads a condition. Throws CONFIG_VALUE. */
export function parseGate(text: string): Gate {
  const [, metric = "", protocol = "", end = "value", sign, bound, percent] = FORM.exec(text.trim()) ?? [];
  if (metric !== "") {
    return {
      ...{ text: text.trim(), metric, protocol, end: end as Gate["end"], sign: sign as Gate["sign"] },
      ...{ bound: percent ? Number(bound) / 100 : Number(bound), isRelative: percent === "%" },
    };
  }
  return fail("CONFIG_VALUE", {
    what: "This is no condition on the difference of two runs",
    expected: '"METRIC PROTOCOL >= BOUND", the bound with a percent sign or in the metric\'s units',
    received: JSON.stringify(text),
    fix: 'Write for example --gate "ndcg@10 full >= -0.5%", or --gate "ndcg@10 full low >= -1%" for the low end of the interval.',
  });
}

/** Whether the second run, `difference` away from the first one's `value`, meets the condition. */
export function judge(gate: Gate, value: number, difference: Interval): Judgement {
  const bound = gate.isRelative ? gate.bound * Math.abs(value) : gate.bound;
  const judged = difference[gate.end];
  const passed = gate.sign === ">=" ? judged >= bound : judged <= bound;
  const shown = (number: number): string =>
    gate.isRelative && value !== 0
      ? `${signed((100 * number) / Math.abs(value), 2)} % (${signed(number, 4)})`
      : signed(number, 4);
  const which = gate.end === "value" ? "" : ` at the ${gate.end} end of its 95 % interval`;
  const reason = `${gate.metric} ${gate.protocol} changes by ${shown(judged)}${which}, and ${gate.sign} ${shown(bound)} is asked for`;
  return { gate: gate.text, passed, difference: judged, bound, reason };
}

const signed = (value: number, digits: number): string => `${value > 0 ? "+" : ""}${value.toFixed(digits)}`;
