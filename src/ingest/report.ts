import { type Buffer, isUtf8 } from "node:buffer";
import { fail } from "../core/errors.ts";
import type { Alternative } from "./alternatives.ts";
import type { ReadInteraction } from "./first-interactions.ts";
import { ROLES, type Role } from "./options.ts";
import type { RoleGuesses } from "./roles.ts";

/** Something worth a look that does not stop the import. `code` is stable. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface RejectedLine {
  /** Counted from 1, as an editor counts (rows, for Parquet). */
  readonly line: number;
  /** Of several files the one that it stands in. */
  readonly file?: string;
  /** The first 200 characters. */
  readonly text: string;
  readonly reason: string;
}

export interface RejectReport {
  readonly count: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** The first five. */
  readonly first: readonly RejectedLine[];
}

export interface ColumnReport {
  /** Position from 1. */
  readonly number: number;
  readonly name: string;
  readonly role?: Role;
  /** Whether it is kept as what else is known of each event. */
  readonly context?: true;
  /** 0..1: how sure the role is. */
  readonly confidence?: number;
  readonly why?: string;
  /** How a column of times or values is written, where that is not plain numbers: "d/m/Y", "milliseconds", "decimal commas". */
  readonly form?: string;
  /** A few different values. */
  readonly examples: readonly string[];
}

/** What was read and how it was understood. */
export interface SourceReport {
  readonly source: string;
  readonly format: string;
  /** One line for people: delimiter, header, compression, encoding. */
  readonly layout: string;
  readonly columns: readonly ColumnReport[];
  /** The first two interactions, as they were understood. */
  readonly first?: readonly ReadInteraction[];
  /** Where it comes from, as absolute paths; empty for a pipe. Absent where nobody noted it. */
  readonly origin?: string;
  /** The first five rows, in the order of `columns`. */
  readonly preview: readonly (readonly string[])[];
  /** Rows seen, rejected ones included. */
  readonly rows: number;
  readonly rejected: RejectReport;
  /** Rows whose kind of event was not asked for. */
  readonly leftOut: number;
  /** Rows without a time, in a source that has times. */
  readonly unknownTimes: number;
  /** Rows per kind of event, most frequent first, at most 50 kinds. */
  readonly events?: Readonly<Record<string, number>>;
  /** What each kind of event was said to be worth; the others were left out. Absent where nothing was said. */
  readonly eventValues?: Readonly<Record<string, number>>;
  readonly warnings: readonly Warning[];
  /** Rows without a value, in a source that has values. */
  readonly unknownValues?: number;
  /** 0..1: how sure the columns of the user and the item are; below 0.45 a warning says why. */
  readonly confidence?: number;
  /** The two best other readings, the better one first. */
  readonly alternatives?: readonly Alternative[];
}

const SHOWN = 5;
const WIDTH = 200;

/** Collects malformed rows: all are counted, the first are kept. */
export class Rejects {
  /** The file that is being read, of several. */
  file: string | undefined;
  #count = 0;
  readonly #reasons = new Map<string, number>();
  readonly #first: RejectedLine[] = [];

  get count(): number {
    return this.#count;
  }

  add(reason: string, line: number, text: () => string): void {
    this.#count++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (this.#first.length < SHOWN) {
      const file = this.file === undefined ? {} : { file: this.file };
      this.#first.push({ line, ...file, text: text().slice(0, WIDTH), reason });
    }
  }

  report(): RejectReport {
    return { count: this.#count, reasons: Object.fromEntries(this.#reasons), first: [...this.#first] };
  }
}

/** The text of a line in whatever encoding it is; cut before decoding, so that a huge line costs nothing. */
export function lineText(bytes: Buffer, start: number, end: number): string {
  const part = bytes.subarray(start, Math.min(end, start + 4 * WIDTH));
  return part.toString(isUtf8(part) || end - start > 4 * WIDTH ? "utf8" : "latin1");
}

/** Throws DATA_MALFORMED in strict mode for any malformed row, otherwise when more than half of the rows are. */
export function judgeRejects(source: string, rows: number, rejected: RejectReport, strict: boolean): void {
  const { count, first } = rejected;
  if (count === 0 || (!strict && 2 * count <= rows)) return;
  const shown = first.map(
    ({ line, file, text, reason }) =>
      `${file === undefined ? "" : `${file} `}line ${line} (${reason}): ${JSON.stringify(text.slice(0, 80))}`,
  );
  fail("DATA_MALFORMED", {
    what: `${count} of ${rows} lines of ${source} are malformed; ${shown.join("; ")}`,
    expected: strict ? "none in strict mode" : "at most half",
    fix: strict
      ? "Correct these lines, or import without --strict to leave them out."
      : "Correct the file, or name its format and columns (--format, --user, --item).",
    details: { rows, ...rejected },
  });
}

/** Columns with their roles, for printing. */
export function describeColumns(
  names: readonly string[],
  cells: (column: number) => readonly string[],
  guesses: RoleGuesses,
  forms: Partial<Record<Role, string | undefined>> = {},
): ColumnReport[] {
  return names.map((name, column) => {
    const role = ROLES.find((one) => guesses[one]?.column === column);
    const guess = role && guesses[role];
    const examples = [...new Set(cells(column).filter((cell) => cell !== ""))].slice(0, 3);
    const base = { number: column + 1, name, examples };
    return role && guess
      ? {
          ...base,
          role,
          confidence: Math.round(guess.confidence * 100) / 100,
          why: forms[role] === undefined ? guess.why : `${guess.why}; read as ${forms[role]}`,
          ...(forms[role] !== undefined && { form: forms[role] }),
        }
      : base;
  });
}
