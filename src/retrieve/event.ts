/** The event that a list is asked for: when, where and with what. As training reads events, so are requests read. */
import type { Artifact } from "../artifact/types.ts";
import type { SparseMatrix } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { momentRow } from "../dataset/moments.ts";
import { type Cell, clockGiven, Encoder, type FeatureRow, type FittedContext, isClockName } from "../features/index.ts";

/** What is known of the event that a list is asked for. */
export interface AskedEvent {
  /** Values by column; what is not named is not known. What the time tells may be said here too, as the `hour` somebody's clock shows. */
  readonly context?: FeatureRow | undefined;
  /** The time of the request: unix seconds, a date, or ISO 8601, UTC where it says no other. Default: not known, and of an example of age 0. */
  readonly at?: number | string | Date | undefined;
}

export const isAsked = ({ context, at }: AskedEvent): boolean => context !== undefined || at !== undefined;

/** Names of what a run reads of events. */
export const contextNames = ({ plans }: Pick<Artifact, "plans">): readonly string[] =>
  plans.features?.context?.columns.map(({ name }) => name) ?? [];

const readsTime = (names: readonly string[]): boolean => names.some(isClockName);

/** As much of an event as somebody reads who reads these names. */
export function readOf(names: readonly string[], { context, at }: AskedEvent): AskedEvent {
  const own = Object.entries(context ?? {}).filter(([name]) => names.includes(name));
  return {
    ...(own.length > 0 && { context: Object.fromEntries(own) }),
    ...(at !== undefined && readsTime(names) && { at }),
  };
}

/** Throws FEATURE_UNKNOWN and FEATURE_MISSING where nothing that answers reads a part of the event: an answer by it would be one by nothing. */
export function checkAsked(names: readonly string[], { context, at }: AskedEvent): void {
  if (names.length === 0 && (context !== undefined || at !== undefined)) {
    fail("FEATURE_MISSING", {
      what: "What answers does not look at the context of the event",
      fix: "Train a model that does (two-tower, wide-deep, deepfm, softmax-dnn with examples=events), on a data set with context (penchant import FILE --context device) or with --context hour.",
    });
  }
  if (at !== undefined && !readsTime(names)) {
    fail("FEATURE_MISSING", {
      what: "What answers does not look at the time of the event",
      expected: names.join(", "),
      fix: "Leave the time out, or train with --context hour,age.",
    });
  }
  const unknown = Object.keys(context ?? {}).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  fail("FEATURE_UNKNOWN", {
    what: `Nothing that answers has learned of a context "${unknown}"`,
    expected: names.join(", "),
    received: unknown,
    details: { known: names },
  });
}

/**
 * The event as a row of numbers, for each of these users of the run (undefined: somebody whose last event has no time). Throws as `checkAsked`,
 * FEATURE_VALUE for values of another kind, CONFIG_VALUE for what is no time.
 */
export function eventRows(artifact: Artifact, event: AskedEvent, users: readonly (number | undefined)[]): SparseMatrix {
  checkAsked(contextNames(artifact), event);
  const fitted = artifact.plans.features?.context as FittedContext;
  const time = event.at === undefined ? Number.NaN : secondsOf(event.at);
  const age = event.at === undefined || fitted.end === undefined ? 0 : (fitted.end - time) / 86400;
  const said = Object.entries(event.context ?? {}).map(([name, cell]) => [name, saidBy(fitted, name, cell)] as const);
  const rows = users.map((user) => {
    const last = (user === undefined ? undefined : artifact.lastTimes?.[user]) ?? Number.NaN;
    return { ...momentRow(fitted, { time, last, age }), ...Object.fromEntries(said) };
  });
  return new Encoder(fitted).given(rows);
}

/** A value as it is read: what a clock shows has one way to be said, but where a column of the data has its name. */
const saidBy = ({ told }: FittedContext, name: string, cell: Cell): Cell =>
  isClockName(name) && !told.includes(name) ? clockGiven(name, cell) : cell;

/**
 * What a run finds wrong in a context: it throws FEATURE_VALUE for what is not of the kind that a column of this name was learned as; what
 * is not read may be anything.
 */
export function kindsOf({ plans }: Pick<Artifact, "plans">): (context: FeatureRow) => void {
  const fitted = plans.features?.context;
  const names = contextNames({ plans });
  const encoder = fitted && new Encoder(fitted);
  return (context) => {
    const read = readOf(names, { context }).context;
    if (encoder && read) encoder.given([read]);
  };
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Unix seconds. Throws CONFIG_VALUE. */
export function secondsOf(at: NonNullable<AskedEvent["at"]>): number {
  const seconds = at instanceof Date ? at.getTime() / 1000 : typeof at === "number" ? at : parsed(at.trim());
  if (Number.isFinite(seconds)) return seconds;
  return fail("CONFIG_VALUE", {
    what: "The time of the request is no time",
    expected: "2024-01-15T20:00 (UTC), with a zone 2024-01-15T20:00+01:00, or unix seconds",
    received: String(at),
  });
}

function parsed(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const [, zone] = ISO.exec(text) ?? [undefined, "none"];
  if (zone === "none") return Number.NaN;
  const isDay = text.length === 10;
  return Date.parse(zone || isDay ? text.replace(" ", "T") : `${text.replace(" ", "T")}Z`) / 1000;
}
