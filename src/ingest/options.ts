/** A column: its name, its number from 1, or false for "there is none". */
export type ColumnChoice = string | number | false;

export const ROLES = ["user", "item", "value", "time", "event"] as const;
/** What a column means to Penchant. */
export type Role = (typeof ROLES)[number];

export const FORMATS = ["auto", "csv", "jsonl", "parquet", "ncf", "lightgcn"] as const;
/** `csv` is any delimited text. */
export type FormatName = (typeof FORMATS)[number];

export interface Progress {
  readonly phase: "reading" | "building";
  /** Interactions read so far. */
  readonly rows: number;
  /** Share of the input read, 0..1. */
  readonly fraction: number;
}

/** How a file is read. Everything is optional: what is not said is guessed, and the guess is reported. */
export interface ReadOptions {
  /** Default `auto`: told by name and content. */
  readonly format?: FormatName | undefined;
  /** Of a place that is the address of a database, `postgres://…`: which rows, in SQL. */
  readonly query?: string | undefined;
  readonly user?: ColumnChoice | undefined;
  readonly item?: ColumnChoice | undefined;
  readonly value?: ColumnChoice | undefined;
  readonly time?: ColumnChoice | undefined;
  readonly event?: ColumnChoice | undefined;
  /** Columns of what else is known of each event: its context. Default: none. */
  readonly context?: readonly Exclude<ColumnChoice, false>[] | undefined;
  /** Columns of context that a source lacks say nothing, instead of an error. Default false. */
  readonly mayLackContext?: boolean | undefined;
  /** How times are written (see TIME_FORMATS), such as `d/m/Y`. Default: told from the sample, one form for the column. */
  readonly timeFormat?: string | undefined;
  /** Delimited text: whether the first line holds names. Default: guessed. */
  readonly header?: boolean | undefined;
  /** Delimited text: one or more characters. Default: guessed among tab , ; | :: and space. */
  readonly delimiter?: string | undefined;
  /**
   * Of text: `latin-1`, `cp1252`, `utf-16` … (see `encodingNamed`). Default: UTF-16 where a byte order mark says so, otherwise
   * `utf-8`, where bytes that are not valid UTF-8 are read as Latin-1, id by id, and counted.
   */
  readonly encoding?: string | undefined;
  /** Gives each kind of event a value, and leaves out (and counts) the kinds not named. Needs an event column. */
  readonly eventValues?: Readonly<Record<string, number>> | undefined;
  /** How commands in messages begin. Default: `penchant import` and the places. */
  readonly command?: string | undefined;
  /** Refuses the file (DATA_MALFORMED) when a single line is malformed. Default false. */
  readonly strict?: boolean | undefined;
  /** Cancels with DATA_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
