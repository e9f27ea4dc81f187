import { Buffer, isUtf8 } from "node:buffer";
import { createEvents, type Events } from "./events.ts";
import { IdTable } from "./id-table.ts";

/** Above this a number has no float32. */
const LARGEST = 3.4028234663852886e38;
/** Kinds of events counted one by one. */
const KINDS = 50;

export interface WriterOptions {
  readonly value: boolean;
  readonly time: boolean;
  readonly eventValues?: Readonly<Record<string, number>> | undefined;
  readonly encoding?: "utf-8" | "latin-1" | undefined;
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
  };
  readonly #options: WriterOptions;
  /** Bytes above 127 are Latin-1. */
  readonly latin: boolean;
  #scratch: Buffer = Buffer.alloc(1024);

  constructor(options: WriterOptions, tables?: { readonly users: IdTable; readonly items: IdTable }) {
    const value = options.value || options.eventValues !== undefined;
    this.events = createEvents({ value, time: options.time }, tables ?? { users: new IdTable(), items: new IdTable() });
    this.#options = options;
    this.latin = options.encoding === "latin-1";
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
  ): string | undefined {
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
    this.events.user.push(this.#intern(this.events.users, bytes, user));
    this.events.item.push(this.#intern(this.events.items, bytes, item));
    if (this.events.value) this.events.value.push(this.#valueOrNothing(weight));
    if (this.events.time) this.events.time.push(this.#timeOrNothing(time));
    return undefined;
  }

  /** The same for ids that are strings already. */
  addText(user: string, item: string, value?: number, time?: number, event?: string): string | undefined {
    const most = 3 * (user.length + item.length);
    if (most > this.#scratch.length) this.#scratch = Buffer.alloc(2 * most);
    const middle = this.#scratch.write(user, 0);
    const end = middle + this.#scratch.write(item, middle);
    return this.add(this.#scratch, [0, middle], [middle, end], value, time, event);
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
    if (bytes === this.#scratch || (!this.latin && isUtf8(id))) return table.intern(bytes, start, end);
    this.counts.latinIds++;
    return table.internText(id.toString("latin1"));
  }

  #timeOrNothing(time: number | undefined): number {
    if (time === undefined) this.counts.unknownTimes++;
    return time ?? Number.NaN;
  }

  #valueOrNothing(value: number | undefined): number {
    if (value === undefined) this.counts.unknownValues++;
    return value ?? Number.NaN;
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
