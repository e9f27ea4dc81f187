/** The tokenizer beside a parser that others wrote. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dialect, fieldText, Tokenizer } from "./tokenizer.ts";

function tokenize(text: string, dialect: Dialect): string[][] {
  const records: string[][] = [];
  const tokenizer = new Tokenizer(dialect, {
    record: (bytes, fields) =>
      records.push(Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i))),
    malformed: (reason) => expect.fail(reason),
  });
  tokenizer.push(Buffer.from(text));
  tokenizer.end();
  return records;
}

const cell = fc.string({ unit: fc.constantFrom("a", "é", '"', ",", ";", "\t", "\n", "7", "'", " "), maxLength: 5 });
const table = fc.tuple(fc.array(fc.tuple(cell, cell, fc.integer()), { minLength: 1, maxLength: 30 }), fc.boolean());

test.each([",", ";", "\t", "::"])("good text separated by %j is read as csv-parse reads it", (delimiter) => {
  const quote = (text: string, always: boolean): string =>
    always || /["\n]/.test(text) || text.includes(delimiter) || text.trim() === ""
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n"), ([rows, always], end) => {
      const text = rows.map((row) => row.map((one) => quote(String(one), always)).join(delimiter) + end).join("");
      const theirs = parse(text, { delimiter, record_delimiter: end });
      expect(tokenize(text, { delimiter, quoted: true })).toEqual(theirs);
    }),
    { numRuns: 100 },
  );
});
