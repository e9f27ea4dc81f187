import { Buffer, isUtf8 } from "node:buffer";
import { createEvents, type Events } from "./events.ts";
import { IdTable } from "./id-table.ts";

/** Above this a number has no float32. */
const LARGEST = 3.4028234663852886e38;
/** Kinds of events counted one by one. */
export const KINDS = 50;
/** First interactions whose kind is kept. */
const SHOWN_KINDS = 2;

export interface WriterOptions {
  readonly value: boolean;
  readonly time: boolean;
  /** Whether rows have kinds. Default false. */
  readonly kind?: boolean;
  readonly eventValues?: Readonly<Record<string, number>> | undefined;
  /** Names of the columns of what else is known of events. Default: none. */
  readonly context?: readonly string[] | undefined;
}

/** What holds for every row until it is set anew, in place of what `add` is given. */
export interface Fixed {
  readonly user?: string;
  readonly item?: string;
  readonly value?: number | undefined;
  readonly time?: number | undefined;
  readonly event?: string;
  /** By place among the columns of context; undefined where the row itself says it. */
  readonly context?: readonly (string | undefined)[];
}

/** Numbers about the rows written. */
export interface WriterCounts {
  leftOut: number;
  unknownTimes: number;
  unknownValues: number;
  /** Ids that were not valid UTF-8, counted per row. */
  latinIds: number;
  /** Different ids that begin or end with a space. */
  paddedIds: number;
  readonly events: Map<string, number>;
  /** Kinds of the first interactions. */
  readonly firstKinds: string[];
}

interface Row {
  readonly bytes: Buffer;
  readonly user: readonly [start: number, end: number];
  readonly item: readonly [start: number, end: number];
  readonly value?: number | undefined;
  readonly time?: number | undefined;
  readonly event?: string | undefined;
  readonly context?: readonly string[] | undefined;
}

/** Turns fields into interactions: checks them and interns ids byte for byte. */
export class EventWriter {
  readonly events: Events;
  readonly counts: WriterCounts = {
    leftOut: 0,
    unknownTimes: 0,
    unknownValues: 0,
    latinIds: 0,
    paddedIds: 0,
    events: new Map(),
    firstKinds: [],
  };
  /** Of the file being read. */
  fixed: Fixed | undefined;
  readonly #options: WriterOptions;
  readonly #kinds = new Map<string, number>();
  /** Texts of context that were met: each is held once. */
  readonly #texts = new Map<string, string>();
  #scratch: Buffer = Buffer.alloc(1024);

  constructor(options: WriterOptions, tables?: { readonly users: IdTable; readonly items: IdTable }) {
    const value = options.value || options.eventValues !== undefined;
    this.events = createEvents(
      { value, time: options.time, kind: options.kind ?? false, context: options.context },
      tables ?? { users: new IdTable(), items: new IdTable() },
    );
    this.#options = options;
  }

  /**
   * Adds one interaction, or says why not. Numbers as `parseNumber` gives them: undefined is empty, NaN not a number,
   * Infinity not finite; both are ignored where the source has no such column. A time is in unix seconds. An id of spaces
   * alone counts as empty; a value or a time that is missing is stored as NaN, and counted.
   */
  add(
    bytes: Buffer,
    user: readonly [start: number, end: number],
    item: readonly [start: number, end: number],
    value?: number,
    time?: number,
    event?: string,
    context?: readonly string[],
  ): string | undefined {
    if (this.fixed !== undefined) return this.#addFixed(this.fixed, { bytes, user, item, value, time, event, context });
    if (isBlank(bytes, user)) return "empty user id";
    if (isBlank(bytes, item)) return "empty item id";
    let weight = value;
    if (event !== undefined) {
      this.#countEvent(event);
      weight = this.#options.eventValues === undefined ? value : this.#options.eventValues[event];
      if (this.#options.eventValues !== undefined && weight === undefined) {
        this.counts.leftOut++;
        return undefined;
      }
    }
    const problem = (this.events.value && valueProblem(weight)) ?? (this.events.time && timeProblem(time));
    if (problem !== undefined) return problem;
    if (event !== undefined && this.events.user.length < SHOWN_KINDS) this.counts.firstKinds.push(event);
    this.events.user.push(this.#intern(this.events.users, bytes, user));
    this.events.item.push(this.#intern(this.events.items, bytes, item));
    if (this.events.value) this.events.value.push(this.#valueOrNothing(weight));
    if (this.events.time) this.events.time.push(this.#timeOrNothing(time));
    if (this.events.kind) this.events.kind.push(this.#kindOf(event ?? ""));
    for (const [i, { cells }] of (this.events.context ?? []).entries()) cells.push(this.#once(context?.[i] ?? ""));
    return undefined;
  }

  /** Adds a row with what is fixed in its place. */
  #addFixed(fixed: Fixed, { bytes, user, item, ...row }: Row): string | undefined {
    const { value, time, event } = { ...row, ...fixed };
    const context = fixed.context ? fixed.context.map((text, i) => text ?? row.context?.[i] ?? "") : row.context;
    this.fixed = undefined;
    try {
      if (fixed.user === undefined && fixed.item === undefined)
        return this.add(bytes, user, item, value, time, event, context);
      const text = ([start, end]: Row["user"]): string => bytes.toString("utf8", start, end);
      return this.addText(fixed.user ?? text(user), fixed.item ?? text(item), value, time, event, context);
    } finally {
      this.fixed = fixed;
    }
  }

  /** The same for ids that are strings already. */
  addText(
    user: string,
    item: string,
    value?: number,
    time?: number,
    event?: string,
    context?: readonly string[],
  ): string | undefined {
    const most = 3 * (user.length + item.length);
    if (most > this.#scratch.length) this.#scratch = Buffer.alloc(2 * most);
    const middle = this.#scratch.write(user, 0);
    const end = middle + this.#scratch.write(item, middle);
    return this.add(this.#scratch, [0, middle], [middle, end], value, time, event, context);
  }

  #intern(table: IdTable, bytes: Buffer, [start, end]: readonly [number, number]): number {
    const before = table.size;
    const index = isAscii(bytes, start, end)
      ? table.intern(bytes, start, end)
      : this.#internText(table, bytes, start, end);
    if (table.size > before && (bytes[start] === 32 || bytes[end - 1] === 32)) this.counts.paddedIds++;
    return index;
  }

  /** An id with bytes above 127: UTF-8 as it is, anything else as Latin-1. */
  #internText(table: IdTable, bytes: Buffer, start: number, end: number): number {
    const id = bytes.subarray(start, end);
    if (bytes === this.#scratch || isUtf8(id)) return table.intern(bytes, start, end);
    this.counts.latinIds++;
    return table.internText(id.toString("latin1"));
  }

  #once(text: string): string {
    const held = this.#texts.get(text);
    if (held !== undefined) return held;
    this.#texts.set(text, text);
    return text;
  }

  #timeOrNothing(time: number | undefined): number {
    if (time === undefined) this.counts.unknownTimes++;
    return time ?? Number.NaN;
  }

  #valueOrNothing(value: number | undefined): number {
    if (value === undefined) this.counts.unknownValues++;
    return value ?? Number.NaN;
  }

  #kindOf(event: string): number {
    const known = this.#kinds.get(event);
    if (known !== undefined) return known;
    this.#kinds.set(event, this.events.kinds.length);
    return this.events.kinds.push(event) - 1;
  }

  #countEvent(event: string): void {
    const { events } = this.counts;
    const count = events.get(event);
    if (count !== undefined || events.size < KINDS) events.set(event, (count ?? 0) + 1);
  }
}

function valueProblem(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (Number.isNaN(value)) return "value is not a number";
  return Math.abs(value) > LARGEST ? "value is not finite" : undefined;
}

function timeProblem(time: number | undefined): string | undefined {
  if (Number.isNaN(time)) return "time cannot be read";
  return time !== undefined && !Number.isFinite(time) ? "time is not finite" : undefined;
}

function isBlank(bytes: Buffer, [start, end]: readonly [number, number]): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 32 && bytes[at] !== 9) return false;
  return true;
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) >= 128) return false;
  return true;
}
