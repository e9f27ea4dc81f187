import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { type FileMetaData, parquetMetadataAsync } from "hyparquet";
import { fail, PenchantError } from "../core/errors.ts";
import { type ReadOptions, ROLES, type Role } from "./options.ts";
import { readExactly } from "./parquet-bytes.ts";
import { columnsOf, type ParquetColumn } from "./parquet-columns.ts";
import { ParquetCursor } from "./parquet-cursor.ts";
import { type Raw, room } from "./parquet-values.ts";
import type { Rejects, Warning } from "./report.ts";
import { SAMPLE_RECORDS } from "./sample.ts";
import { cancelled } from "./source.ts";
import { readText, type Understanding, understand } from "./understand.ts";
import type { EventWriter } from "./writer.ts";

/** Rows read between two looks at the event loop. */
const BATCH = 1 << 15;

export interface ParquetPlan extends Understanding {
  readonly preview: readonly (readonly string[])[];
  /** Rows that the file says it has. */
  readonly total: number;
}

/**
 * A Parquet file. Metadata, compression and encodings are hyparquet's; pages are walked here, so that memory does not depend on
 * the size of row groups, and values keep their exact text (a library's decimals and large ids would pass through doubles).
 */
export class ParquetFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #metadata: FileMetaData;
  readonly #columns: readonly ParquetColumn[];
  readonly #several: readonly string[];

  private constructor(path: string, file: FileHandle, size: number, metadata: FileMetaData) {
    const { columns, several } = columnsOf(metadata);
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.#metadata = metadata;
    this.#columns = columns;
    this.#several = several;
  }

  /** `label` stands for the path in messages. */
  static async open(path: string, label = path): Promise<ParquetFile> {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      return await readable(label, async () => new ParquetFile(label, file, size, await readMetadata(file, size)));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Understands the file from its schema and first rows. */
  async plan(options: ReadOptions): Promise<ParquetPlan> {
    this.#refuseLists(options);
    const names = this.#columns.map(({ name }) => name);
    const samples: string[][] = [];
    for (const column of this.#columns) samples.push(await readable(this.#path, () => this.#sample(column)));
    const cells = (column: number): string[] => samples[column] ?? [];
    const understanding = understand({ path: this.#path, names, named: true, cells }, options);
    const preview = cells(0)
      .slice(0, 5)
      .map((_, row) => samples.map((column) => column[row] ?? ""));
    const warnings = [...this.#warnings(), ...understanding.warnings];
    return { ...understanding, preview, warnings, total: Number(this.#metadata.num_rows) };
  }

  /** Streams all rows into the writer; returns how many there were. */
  async read(plan: ParquetPlan, targets: ReadTargets): Promise<number> {
    // the others are columns of the folder's name: the writer knows them
    const roles = ROLES.filter((role) => (plan.roles[role]?.column ?? Number.NaN) < this.#columns.length);
    const context = plan.context.filter((column) => column < this.#columns.length);
    const own = [...roles.map((role) => plan.roles[role]?.column ?? 0), ...context];
    const cursors = own.map((at) => this.#cursor(this.#columns[at] as ParquetColumn));
    const rows = new Rows(plan, roles, cursors, targets);
    return readable(this.#path, async () => {
      for (;;) {
        if (targets.signal?.aborted) throw cancelled(this.#path, targets.signal.reason);
        const ready = await Promise.all(cursors.map((cursor) => cursor.fill()));
        const count = Math.min(BATCH, ...ready);
        if (count === 0) break;
        rows.add(count);
        targets.onRows(rows.count);
        await setImmediate();
      }
      if (rows.count !== plan.total) throw new Error(`${rows.count} of ${plan.total} rows are there`);
      return rows.count;
    });
  }

  /** Every column whole, its cells as text. */
  async texts(): Promise<{ readonly names: readonly string[]; readonly columns: readonly (readonly string[])[] }> {
    const columns: string[][] = [];
    for (const column of this.#columns)
      columns.push(await readable(this.#path, () => this.#sample(column, Number.POSITIVE_INFINITY)));
    return { names: this.#columns.map(({ name }) => name), columns };
  }

  #cursor(column: ParquetColumn): ParquetCursor {
    return new ParquetCursor(this.#file, this.#size, this.#metadata.row_groups, column);
  }

  /** The first cells of a column, as text. */
  async #sample(column: ParquetColumn, most = SAMPLE_RECORDS): Promise<string[]> {
    const cursor = this.#cursor(column);
    const cells: string[] = [];
    while (cells.length < most && (await cursor.fill()) > 0) {
      const raw = cursor.take();
      cells.push(raw === undefined ? "" : column.values.text(raw));
    }
    return cells;
  }

  #refuseLists(options: ReadOptions): void {
    for (const role of ROLES) {
      if (!this.#several.includes(String(options[role]))) continue;
      fail("DATA_COLUMN", {
        what: `The column "${options[role]}" holds several values in a row and cannot be the ${role}`,
        expected: `one of ${this.#columns.map(({ name }) => name).join(", ")}`,
        fix: "Write a row for each of its values (explode, unnest) and import that.",
        details: { role, choice: options[role] },
      });
    }
  }

  #warnings(): Warning[] {
    if (this.#several.length === 0) return [];
    const names = this.#several.map((name) => `"${name}"`).join(", ");
    return [
      {
        code: "nested-columns",
        message: `${names}: lists and maps, which hold several values in a row, are not read.`,
      },
    ];
  }
}

interface ReadTargets {
  readonly writer: EventWriter;
  readonly rejects: Rejects;
  readonly signal?: AbortSignal | undefined;
  readonly onRows: (rows: number) => void;
}

/** Hands rows from the cursors of the roles to the writer. */
class Rows {
  count = 0;
  readonly #plan: ParquetPlan;
  readonly #roles: readonly Role[];
  readonly #cursors: readonly ParquetCursor[];
  readonly #targets: ReadTargets;
  readonly #cells: (Raw | undefined)[];
  /** The cell of each column of context, after those of the roles; -1 for columns of the folder's name. */
  readonly #context: readonly number[];
  #scratch = Buffer.alloc(1024);

  constructor(plan: ParquetPlan, roles: readonly Role[], cursors: readonly ParquetCursor[], targets: ReadTargets) {
    this.#plan = plan;
    this.#roles = roles;
    this.#cursors = cursors;
    this.#targets = targets;
    this.#cells = new Array(cursors.length);
    let next = roles.length;
    const last = cursors.length;
    this.#context = plan.context.map(() => (next < last ? next++ : -1));
  }

  /** Adds rows that every cursor has ready. */
  add(count: number): void {
    const { writer, rejects } = this.#targets;
    const [user, item, value, time, event] = ROLES.map((role) => this.#roles.indexOf(role));
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < this.#cursors.length; c++) this.#cells[c] = this.#cursors[c]?.take();
      const middle = this.#write(user, 0);
      const end = this.#write(item, middle);
      this.count++;
      const problem = writer.add(
        this.#scratch,
        [0, middle],
        [middle, end],
        this.#value(value),
        this.#time(time),
        event === -1 ? undefined : this.#text(event),
        this.#context.map((cell) => this.#text(cell)),
      );
      if (problem !== undefined)
        rejects.add(problem, this.count, () => this.#cells.map((_, c) => this.#text(c)).join(", "));
    }
  }

  /** Appends an id to the scratch buffer. */
  #write(cell = -1, at = 0): number {
    const raw = this.#cells[cell];
    if (raw === undefined) return at;
    if (at + room(raw) > this.#scratch.length) {
      const grown = Buffer.alloc(2 * (at + room(raw)));
      this.#scratch.copy(grown, 0, 0, at);
      this.#scratch = grown;
    }
    return this.#cursors[cell]?.column.values.write(raw, this.#scratch, at) ?? at;
  }

  #value(cell = -1): number | undefined {
    const [raw, form] = [this.#cells[cell], this.#plan.value];
    if (raw === undefined) return undefined;
    return form?.ticks !== undefined
      ? this.#cursors[cell]?.column.values.number(raw)
      : readText(form, this.#text(cell));
  }

  /** Dates are seconds already; numbers are in the unit of their column. */
  #time(cell = -1): number | undefined {
    const [raw, form, values] = [this.#cells[cell], this.#plan.time, this.#cursors[cell]?.column.values];
    if (raw === undefined) return undefined;
    if (values?.date) return values.date(raw);
    const ticks = form?.ticks;
    return ticks === undefined || raw instanceof Uint8Array
      ? readText(form, this.#text(cell))
      : (values?.number(raw) ?? Number.NaN) / ticks;
  }

  #text(cell = -1): string {
    const raw = this.#cells[cell];
    return raw === undefined ? "" : (this.#cursors[cell]?.column.values.text(raw) ?? "");
  }
}

/** The footer. Statistics stay as they are: nothing here needs them, and a broken one would fail the file. */
function readMetadata(file: FileHandle, size: number): Promise<FileMetaData> {
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
    const bytes = new ArrayBuffer(end - start);
    await readExactly(file, Buffer.from(bytes), start);
    return bytes;
  };
  const parsers = { jsonFromBytes: keep, geometryFromBytes: keep, geographyFromBytes: keep, stringFromBytes: keep };
  return parquetMetadataAsync({ byteLength: size, slice }, { parsers, geoparquet: false });
}

const keep = (bytes: Uint8Array): Uint8Array => bytes;

/** Whatever goes wrong while a file is read is told as its fault. */
async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PenchantError) throw error;
    const { message, syscall } = error as NodeJS.ErrnoException;
    if (syscall) return fail("DATA_UNREADABLE", { what: `${path} cannot be read`, received: message, cause: error });
    // What a decoder stumbles over says nothing to people.
    const isStumble = error instanceof TypeError || error instanceof RangeError;
    return fail("DATA_FORMAT", {
      what: `${path} cannot be read as Parquet`,
      received: isStumble ? "a damaged file: its bytes do not follow the format" : message,
      fix: "Write the file again, or export it as CSV.",
      cause: error,
    });
  }
}
