import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from "@duckdb/node-api";
import { fail, PenchantError } from "../core/errors.ts";
import { type ReadOptions, ROLES, type Role } from "./options.ts";
import { profileColumn } from "./profile.ts";
import { type ColumnReport, describeColumns, type Rejects } from "./report.ts";
import { assignRoles, type RoleGuesses } from "./roles.ts";
import { SAMPLE_RECORDS } from "./sample.ts";
import { cancelled } from "./source.ts";
import type { EventWriter } from "./writer.ts";

export interface ParquetPlan {
  readonly names: readonly string[];
  /** SQL that gives a column as text. */
  readonly expressions: readonly string[];
  readonly roles: RoleGuesses;
  readonly columns: readonly ColumnReport[];
  readonly preview: readonly (readonly string[])[];
  readonly total: number;
}

/** A Parquet file, read by DuckDB in this process. Nothing is downloaded: extensions are neither installed nor loaded. */
export class ParquetFile {
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(path: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#path = path;
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(path: string, threads = 2): Promise<ParquetFile> {
    const { DuckDBInstance } = await loadDuckDb();
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(threads),
      memory_limit: "512MB",
      temp_directory: "",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    return new ParquetFile(path, instance, connection);
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  /** Understands the file from its schema and first rows. */
  async plan(options: ReadOptions): Promise<ParquetPlan> {
    const schema = await this.#rows(`describe select * from ${this.#source}`);
    const names = schema.map(([name]) => String(name));
    const expressions = schema.map(([name, type]) => asText(String(name), String(type)));
    const [[count] = [0]] = await this.#rows(`select count(*)::double from ${this.#source}`);
    const rows = await this.#rows(`select ${expressions.join(", ")} from ${this.#source} limit ${SAMPLE_RECORDS}`);
    const records = rows.map((row) => row.map((cell) => String(cell ?? "")));
    const cells = (column: number): string[] => records.map((record) => record[column] ?? "");
    const profiled = names.map((name, column) => ({ name, profile: profileColumn(cells(column)) }));
    const roles = assignRoles(profiled, true, options);
    const columns = describeColumns(names, cells, roles);
    return { names, expressions, roles, columns, preview: records.slice(0, 5), total: Number(count) };
  }

  /** Streams all rows into the writer; returns how many there were. */
  async read(plan: ParquetPlan, { writer, rejects, signal, onRows }: ReadTargets): Promise<number> {
    const roles = ROLES.filter((role) => plan.roles[role]);
    const interrupt = (): void => this.#connection.interrupt();
    signal?.addEventListener("abort", interrupt);
    let rows = 0;
    try {
      const select = roles.map((role) => cellSql(plan.expressions[plan.roles[role]?.column ?? 0] ?? "", role));
      const result = await this.#connection.stream(`select ${select.join(", ")} from ${this.#source}`);
      for (;;) {
        if (signal?.aborted) throw cancelled(this.#path);
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return rows;
        addRows(chunk, { roles, writer, rejects, before: rows });
        rows += chunk.rowCount;
        onRows(rows);
      }
    } catch (error) {
      if (signal?.aborted) throw cancelled(this.#path);
      return this.#fail(error);
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  }

  /** The path as a SQL literal. `[`, `*` and `?` are patterns to DuckDB: each is put into a class of its own. */
  get #source(): string {
    const literal = this.#path.replace(/[[*?]/g, "[$&]").replaceAll("'", "''");
    return `read_parquet('${literal}')`;
  }

  async #rows(sql: string): Promise<unknown[][]> {
    try {
      return (await this.#connection.runAndReadAll(sql)).getRowsJson() as unknown[][];
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    if (error instanceof PenchantError) throw error;
    return fail("DATA_FORMAT", {
      what: `${this.#path} cannot be read as Parquet`,
      received: (error as Error).message.split("\n")[0],
      fix: "Write the file again, or export it as CSV.",
      cause: error,
    });
  }
}

interface ReadTargets {
  readonly writer: EventWriter;
  readonly rejects: Rejects;
  readonly signal?: AbortSignal | undefined;
  readonly onRows: (rows: number) => void;
}

/** Times as epoch seconds or ISO text, everything else as DuckDB prints it. */
function asText(name: string, type: string): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  if (/^TIMESTAMP|^DATE/.test(type)) return `(epoch_us(${column}::timestamptz) / 1e6)::varchar`;
  return `${column}::varchar`;
}

/** Values and times as doubles, where NaN stands for what is neither a number nor a date. */
function cellSql(expression: string, role: Role): string {
  if (role !== "value" && role !== "time") return expression;
  const date = role === "time" ? `, epoch(try_cast(${expression} as timestamptz))` : "";
  return `case when ${expression} <> '' then coalesce(try_cast(${expression} as double)${date}, 'nan'::double) end`;
}

function addRows(
  chunk: DuckDBDataChunk,
  { roles, writer, rejects, before }: { roles: readonly Role[]; writer: EventWriter; rejects: Rejects; before: number },
): void {
  const vectors = roles.map((_, index) => chunk.getColumnVector(index));
  const cell = (role: Role, row: number): unknown => vectors[roles.indexOf(role)]?.getItem(row) ?? undefined;
  const text = (role: Role, row: number): string => String(cell(role, row) ?? "");
  for (let row = 0; row < chunk.rowCount; row++) {
    const problem = writer.addText(
      text("user", row),
      text("item", row),
      cell("value", row) as number | undefined,
      cell("time", row) as number | undefined,
      roles.includes("event") ? text("event", row) : undefined,
    );
    if (problem) rejects.add(problem, before + row + 1, () => roles.map((role) => text(role, row)).join(", "));
  }
}

async function loadDuckDb(): Promise<typeof import("@duckdb/node-api")> {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    return fail("DATA_PARQUET", { what: "DuckDB, which reads Parquet, cannot be loaded", cause: error });
  }
}
