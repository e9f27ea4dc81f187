import { createReadStream, createWriteStream, mkdtempSync, rmSync, type Stats, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fail } from "../core/errors.ts";
import { copyQuery } from "./postgres.ts";
import { cancelled } from "./source.ts";

/** Standard input as a place. */
export const STDIN = "-";

const isStdin = (place: string): boolean => place === STDIN || place === "/dev/stdin" || place === "/dev/fd/0";

/** A place whose bytes come once: standard input, a named pipe, a shell's `<(command)`. */
export function isPipe(place: string): boolean {
  if (place === STDIN) return true;
  const found = look(place);
  return found !== undefined && (found.isFIFO() || found.isSocket() || (found.isCharacterDevice() && isStdin(place)));
}

function look(place: string): Stats | undefined {
  try {
    return statSync(place);
  } catch {
    return undefined; // what is not there, or may not be looked at, is told by whoever opens it
  }
}

/**
 * Copies of pipes in temporary files, because a source is looked at before it is read, and Parquet is read from its end.
 * Removed by `remove`, or when the process ends.
 */
export class PipeCopies {
  readonly #signal: AbortSignal | undefined;
  #folder: string | undefined;
  #count = 0;
  readonly #clean = (): void => {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  };

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Path of a file with all that comes through the pipe. Throws DATA_PLACE at a terminal, DATA_UNREADABLE, DATA_CANCELLED. */
  async copy(place: string): Promise<string> {
    if (isStdin(place) && process.stdin.isTTY) {
      fail("DATA_PLACE", {
        what: "Nothing is piped into standard input",
        fix: "Pipe a file: gzip -dc FILE | penchant import - --name NAME.",
      });
    }
    const path = join(this.#made(), isStdin(place) ? "stdin" : `${this.#count++}-${basename(place)}`);
    const source = isStdin(place) ? process.stdin : createReadStream(place);
    try {
      await pipeline(source, createWriteStream(path), this.#signal ? { signal: this.#signal } : {});
    } catch (error) {
      if (this.#signal?.aborted) throw cancelled(place, this.#signal.reason);
      fail("DATA_UNREADABLE", {
        what: `${isStdin(place) ? "Standard input" : place} cannot be read`,
        received: (error as Error).message,
        fix: `Check the command before the pipe, and the space in ${tmpdir()}, where it is copied to.`,
        cause: error,
      });
    }
    return path;
  }

  /** Path of a file with the rows of a query. Throws as `copyQuery` does. */
  async query(place: string, query: string): Promise<string> {
    const path = join(this.#made(), `${this.#count++}-query.csv`);
    await copyQuery(place, query, path, this.#signal);
    return path;
  }

  #made(): string {
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), "penchant-pipe-"));
      process.once("exit", this.#clean);
    }
    return this.#folder;
  }

  remove(): void {
    process.removeListener("exit", this.#clean);
    this.#clean();
  }
}
