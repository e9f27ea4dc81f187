import type { Buffer } from "node:buffer";
import { type Dialect, type Fields, fieldText, Tokenizer } from "./tokenizer.ts";

/** The first records of a text file, as strings. */
export interface Sample {
  readonly records: readonly (readonly string[])[];
  /** Lines of the sample that break the rules of quoting. */
  readonly malformed: number;
}

/** Records looked at before a file is read. */
export const SAMPLE_RECORDS = 2000;

/** Cuts the start of a file into records. An incomplete last record is left out unless the start is the whole file. */
export function sampleRecords(start: Buffer, dialect: Dialect, whole: boolean): Sample {
  const records: string[][] = [];
  let malformed = 0;
  const tokenizer = new Tokenizer(dialect, {
    record(bytes: Buffer, fields: Fields) {
      if (records.length >= SAMPLE_RECORDS) return;
      records.push(Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i)));
    },
    malformed: () => void malformed++,
  });
  tokenizer.push(start);
  if (whole) tokenizer.end();
  return { records, malformed };
}
