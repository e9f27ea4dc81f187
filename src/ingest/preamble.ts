import type { Buffer } from "node:buffer";

/** What stands above a table of delimited text and is no part of it. */
export interface Preamble {
  /** Lines to leave out, from the start. */
  readonly skip: number;
  /** Of a spreadsheet's `sep=;` line. */
  readonly delimiter?: string;
  /** Byte that comments begin with, where the file begins with one. */
  readonly comment?: number;
  /** The last comment without its mark: sometimes the names of the columns. */
  readonly lastComment?: string;
}

const COMMENT = /^(#|%)/;

/** Looks for a `sep=` line and for comments (`#`, `%`) at the start of a file. Both end where the table begins. */
export function readPreamble(start: Buffer): Preamble {
  const lines = start.toString("latin1").split(/\r\n|\n|\r/);
  const separator = /^"?sep=(\\t|.)"?\s*$/i.exec(lines[0] ?? "")?.[1];
  if (separator !== undefined) return { skip: 1, delimiter: separator === "\\t" ? "\t" : separator };
  const mark = COMMENT.exec(lines[0] ?? "")?.[1];
  const skip = lines.findIndex((line) => line.trim() !== "" && !line.startsWith(mark ?? ""));
  // where all lines begin so, as hashtags do, they are data
  if (mark === undefined || skip < 1) return { skip: 0 };
  const lastComment = lines.slice(0, skip).findLast((line) => line.startsWith(mark)) ?? "";
  return { skip, comment: mark.charCodeAt(0), lastComment: lastComment.replace(/^[#%]+\s*/, "") };
}
