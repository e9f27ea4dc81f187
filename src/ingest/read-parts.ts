import { fail, PenchantError } from "../core/errors.ts";
import { requireEvents } from "./event-kinds.ts";
import type { Part } from "./folder-parts.ts";
import { isNumbering } from "./header.ts";
import { fixedBy, keyColumns, type PartOptions } from "./key-columns.ts";
import { type ReadOptions, ROLES } from "./options.ts";
import { type FilePlan, withPlan } from "./read-file.ts";
import { Rejects, type SourceReport, type Warning } from "./report.ts";
import type { ReadResult } from "./result.ts";
import { rowDoubts } from "./row-doubts.ts";
import { shellWord } from "./shell-word.ts";
import { writerWarnings } from "./warnings.ts";
import { EventWriter } from "./writer.ts";

/** How sure a reading is that its rows speak against. */
const DOUBTFUL = 0.3;

/** Files that make up one source, in order. */
export interface Parts {
  /** For messages. */
  readonly name: string;
  readonly parts: readonly Part[];
  readonly warnings: readonly Warning[];
}

/** How the first part was understood; the others are read in the same way. */
interface Reading {
  readonly plan: FilePlan;
  readonly label: string;
  readonly writer: EventWriter;
}

/**
 * Reads files as one: the first that holds something is understood, the others follow it, by the names of their columns or,
 * without names, by their places. What differs is told; a part without the columns that are needed is refused (DATA_PARTS).
 */
export async function readParts({ name, parts, warnings }: Parts, asked: ReadOptions = {}): Promise<ReadResult> {
  const options: PartOptions = { ...asked, keys: keyColumns(parts) };
  const rejects = new Rejects();
  const told: Warning[] = [...warnings];
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  let [rows, done] = [0, 0];
  let reading: Reading | undefined;
  for (const part of parts) {
    const onProgress: ReadOptions["onProgress"] = (progress) =>
      options.onProgress?.({ ...progress, fraction: (done + progress.fraction * part.size) / size });
    if (parts.length > 1) rejects.file = part.label;
    const use = async (plan: FilePlan): Promise<void> => {
      requireEvents(part.label, plan.roles, options);
      if (reading === undefined) reading = { plan, label: part.label, writer: writerFor(plan, options) };
      else told.push(...differences(reading, plan, part));
      reading.writer.fixed = fixedBy(part, plan);
      rows += await plan.read(reading.writer, rejects);
      told.push(...(plan.noticed?.() ?? []));
    };
    if (reading === undefined) await whereFilled(parts, () => withPlan(part, { ...options, onProgress }, use));
    else
      await whereFilled(parts, () => following(reading as Reading, { part, parts }, { ...options, onProgress }, use));
    done += part.size;
  }
  if (reading === undefined) return fail("DATA_EMPTY", { what: `${name} holds no interaction` });
  const { events, counts } = reading.writer;
  const { eventValues } = reading.plan.roles.event ? options : {};
  const report = reportOf(name, parts, { reading, rejects, rows, told });
  return { events, kinds: counts.firstKinds, report: { ...report, ...(eventValues && { eventValues }) } };
}

function writerFor({ roles, context, columns }: FilePlan, { eventValues }: ReadOptions): EventWriter {
  return new EventWriter({
    value: roles.value !== undefined,
    time: roles.time !== undefined,
    kind: roles.event !== undefined,
    ...(context.length > 0 && { context: context.map((column) => columns[column]?.name ?? "") }),
    eventValues: roles.event ? eventValues : undefined,
  });
}

/** Of several files, one that holds nothing is passed over. */
async function whereFilled(parts: readonly Part[], read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    const isEmpty = error instanceof PenchantError && error.code === "DATA_EMPTY";
    if (!isEmpty || parts.length === 1) throw error;
  }
}

/** Reads a later part as the first one was read. */
async function following(
  { plan: first, label }: Reading,
  { part, parts }: Omit<Place, "label">,
  options: ReadOptions,
  use: (plan: FilePlan) => Promise<void>,
): Promise<void> {
  const same = { ...options, ...first.pins, ...columnsOf(first) };
  const useAlike = async (plan: FilePlan): Promise<void> => {
    if (!first.named) await requireAlike(first, plan, { label, part, parts }, { ...same, header: options.header });
    return use(plan);
  };
  try {
    await withPlan(part, same, useAlike);
  } catch (error) {
    if (!(error instanceof PenchantError) || !/^DATA_COLUMNS?$/.test(error.code)) throw error;
    const bare = await withoutNames(part, first, options);
    if (bare) return withPlan(part, { ...options, ...first.pins, ...bare }, use);
    notTogether(first, { label, part, parts }, error);
  }
}

/** A later part, and what it should belong to. */
interface Place {
  /** Of the first part. */
  readonly label: string;
  readonly part: Part;
  readonly parts: readonly Part[];
}

/** Where the first part has no names, places mean the same only in a part that has none either and is as wide. */
async function requireAlike(first: FilePlan, plan: FilePlan, place: Place, guessing: ReadOptions): Promise<void> {
  const width = ({ columns, keyCount }: FilePlan): number => columns.length - keyCount;
  const { label, part } = place;
  const names = await namesIn(part, plan, guessing);
  if (names === undefined && width(plan) === width(first)) return;
  const what = `${part.label} does not belong to ${label}, which has ${width(first)} columns and no line of names`;
  if (names === undefined) refuse(place, { what, received: `${width(plan)} columns` });
  refuse(place, {
    what,
    received: `the names ${names.join(", ")}`,
    more: "If all first lines are names, add --header; if none is, --no-header.",
  });
}

/** The names of a part that was planned as if it had none; `0,1,2` is as likely a row, as in the part before. */
async function namesIn(part: Part, plan: FilePlan, guessing: ReadOptions): Promise<readonly string[] | undefined> {
  if (!plan.named && isNumbering(plan.preview[0] ?? [])) return undefined;
  return withPlan(part, guessing, async ({ named, columns, keyCount }) => {
    return named ? columns.slice(0, columns.length - keyCount).map(({ name }) => name) : undefined;
  });
}

function notTogether({ roles, columns }: FilePlan, place: Place, cause: PenchantError): never {
  const needed = ROLES.flatMap((role) => (roles[role] ? [columns[roles[role].column]?.name] : []));
  const what = `${place.part.label} does not belong to ${place.label}, whose columns ${needed.join(", ")} are needed`;
  return refuse(place, { what, received: cause.message.replace(/\.$/, ""), cause });
}

interface Refusal {
  readonly what: string;
  readonly received: string;
  /** Another way to mend it. */
  readonly more?: string;
  readonly cause?: PenchantError;
}

/** The largest file is most likely the one with the interactions. */
function refuse({ label, part, parts }: Place, { what, received, more, cause }: Refusal): never {
  const largest = parts.reduce((most, other) => (other.size > most.size ? other : most), part);
  const fix = `Import a single file, such as penchant import ${shellWord(largest.label)}, or only those that belong together.`;
  return fail("DATA_PARTS", {
    what,
    received,
    fix: more === undefined ? fix : `${fix} ${more}`,
    details: { first: label, part: part.label },
    ...(cause && { cause }),
  });
}

/** The first part's columns, as choices for another part. */
function columnsOf({ roles, context, columns, named }: FilePlan): Partial<ReadOptions> {
  const choice = (column: number): string | number => (named && columns[column]?.name) || column + 1;
  const chosen = ROLES.map((role) => [role, roles[role] ? choice(roles[role].column) : false] as const);
  return { ...Object.fromEntries(chosen), ...(context.length > 0 && { context: context.map(choice) }) };
}

/** Choices by number where a part has no line of names, as the later pieces of a file that was cut by lines. */
async function withoutNames(
  part: Part,
  first: FilePlan,
  options: ReadOptions,
): Promise<Partial<ReadOptions> | undefined> {
  if (first.format !== "csv" || !first.named) return undefined;
  const look = { ...options, ...first.pins, user: 1, item: 2, value: false, time: false, event: false } as const;
  const isCut = await withPlan(part, look, async ({ named, columns }) => {
    return !named && columns.length === first.columns.length;
  }).catch(() => false); // not even two columns
  return isCut ? { ...columnsOf({ ...first, named: false }), header: false } : undefined;
}

/** What a reader of the report should know about a part that is written otherwise than the first. */
function differences({ plan: first, label }: Reading, { columns, named, format }: FilePlan, part: Part): Warning[] {
  if (!named) {
    if (!first.named) return [];
    const message = `${part.label} has no line of names; its columns were taken to be those of ${label}, in that order.`;
    return [{ code: "part-without-names", message }];
  }
  const [names, others] = [first.columns, columns].map((list) => list.map(({ name }) => name)) as [string[], string[]];
  const missing = names.filter((name) => !others.includes(name));
  const added = others.filter((name) => !names.includes(name));
  if (missing.length + added.length > 0) {
    const parts = [
      missing.length > 0 && `lacks ${missing.join(", ")}`,
      added.length > 0 && `has ${added.join(", ")} besides`,
    ];
    const message = `${part.label} has other columns than ${label}: it ${parts.filter(Boolean).join(", and ")}.`;
    return [{ code: "parts-differ", message }];
  }
  if (format === "jsonl" || names.every((name, at) => name === others[at])) return [];
  const message = `${part.label} has its columns in another order than ${label}; they were taken by their names.`;
  return [{ code: "parts-in-another-order", message }];
}

interface Outcome {
  readonly reading: Reading;
  readonly rejects: Rejects;
  readonly rows: number;
  readonly told: readonly Warning[];
}

function reportOf(name: string, parts: readonly Part[], { reading, rejects, rows, told }: Outcome): SourceReport {
  const { plan, writer } = reading;
  const { leftOut, unknownTimes, unknownValues, events } = writer.counts;
  const doubts = rowDoubts(writer.events, plan.reading);
  return {
    source: name,
    format: plan.format,
    layout: parts.length > 1 ? `${parts.length} files, ${plan.layout}` : plan.layout,
    columns: plan.columns,
    preview: withKeys(plan, parts),
    rows,
    rejected: rejects.report(),
    leftOut,
    unknownTimes,
    unknownValues,
    ...(events.size > 0 && { events: Object.fromEntries([...events].sort((a, b) => b[1] - a[1])) }),
    warnings: [...plan.warnings, ...shortened(told), ...doubts, ...writerWarnings(writer)],
    confidence: doubts.length > 0 ? Math.min(plan.confidence, DOUBTFUL) : plan.confidence,
    alternatives: plan.alternatives,
  };
}

/** The first rows with the columns of their folders. */
function withKeys({ preview, keyCount, columns }: FilePlan, parts: readonly Part[]): FilePlan["preview"] {
  if (keyCount === 0) return preview;
  const { keys = {} } = parts[0] ?? {};
  return preview.map((row) => [...row, ...columns.slice(-keyCount).map(({ name }) => keys[name] ?? "")]);
}

/** Of many warnings of a kind the first is told, with the number of the others. */
function shortened(warnings: readonly Warning[]): Warning[] {
  const kinds = new Map<string, Warning[]>();
  for (const warning of warnings) kinds.set(warning.code, [...(kinds.get(warning.code) ?? []), warning]);
  return [...kinds.values()].map(([first, ...rest]) => {
    const { code = "", message = "" } = first ?? {};
    return { code, message: rest.length > 0 ? `${message} So it is with ${rest.length} more.` : message };
  });
}
