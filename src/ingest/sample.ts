import type { Buffer } from "node:buffer";
import { type Dialect, type Fields, fieldText, Tokenizer } from "./tokenizer.ts";

/** The first records of a text file, as strings. */
export interface Sample {
  readonly records: readonly (readonly string[])[];
  /** Line on which each record begins, from 1. */
  readonly lines: readonly number[];
  /** Lines of the sample that break the rules of quoting. */
  readonly malformed: number;
}

/** Records looked at before a file is read. */
export const SAMPLE_RECORDS = 2000;

export interface SampleOptions {
  /** The start is the whole file. */
  readonly whole: boolean;
  /** Lines left out at the start. */
  readonly skip?: number | undefined;
  /** Byte at the start of lines that are comments. */
  readonly comment?: number | undefined;
}

/** Cuts the start of a file into records. An incomplete last record is left out unless the start is the whole file. */
export function sampleRecords(start: Buffer, dialect: Dialect, { whole, skip = 0, comment }: SampleOptions): Sample {
  const records: string[][] = [];
  const lines: number[] = [];
  let malformed = 0;
  const isLeftOut = (bytes: Buffer, line: number, at: number): boolean => line <= skip || bytes[at] === comment;
  const tokenizer = new Tokenizer(dialect, {
    record(bytes: Buffer, fields: Fields, line, at) {
      if (records.length >= SAMPLE_RECORDS || isLeftOut(bytes, line, at)) return;
      records.push(Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i, dialect)));
      lines.push(line);
    },
    malformed(_reason, line, bytes, at) {
      if (!isLeftOut(bytes, line, at)) malformed++;
    },
  });
  tokenizer.push(start);
  if (whole) tokenizer.end();
  return { records, lines, malformed };
}
