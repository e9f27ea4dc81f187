import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dialect, fieldText, Tokenizer } from "./tokenizer.ts";

const CSV: Dialect = { delimiter: ",", quoted: true };

/** Records as [line, ...fields] and malformed lines as [line, reason, text]. */
function tokenize(text: string | Buffer, dialect = CSV, size = Number.POSITIVE_INFINITY) {
  const records: (string | number)[][] = [];
  const malformed: (string | number)[][] = [];
  const tokenizer = new Tokenizer(dialect, {
    record: (bytes, fields, line) => {
      records.push([line, ...Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i))]);
    },
    malformed: (reason, line, bytes, start, end) => malformed.push([line, reason, bytes.toString("utf8", start, end)]),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) tokenizer.push(bytes.subarray(at, Math.min(bytes.length, at + size)));
  tokenizer.end();
  return { records, malformed };
}

describe("Tokenizer", () => {
  test("ends records with LF, CR LF or CR, mixed, and does not need a last line end", () => {
    const { records } = tokenize("a,b\r\nc,d\ne,f\rg,h");
    expect(records).toEqual([
      [1, "a", "b"],
      [2, "c", "d"],
      [3, "e", "f"],
      [4, "g", "h"],
    ]);
  });

  test("skips blank lines but counts them", () => {
    expect(tokenize("a,b\n\n  \nc,d\n").records).toEqual([
      [1, "a", "b"],
      [4, "c", "d"],
    ]);
  });

  test("keeps delimiters, quotes and line ends inside quotes, and goes on counting lines as an editor does", () => {
    const { records } = tokenize('"a,1","say ""hi"""\n"two\nlines",x\nlast,y\n');
    expect(records).toEqual([
      [1, "a,1", 'say "hi"'],
      [2, "two\nlines", "x"],
      [4, "last", "y"],
    ]);
  });

  test("takes a quote inside a field that does not begin with one as it is", () => {
    expect(tokenize('a"b,c""\n').records).toEqual([[1, 'a"b', 'c""']]);
  });

  test("a stray quote costs its own line only", () => {
    const { records, malformed } = tokenize('a,1\nb,"2\nc,3\nd,4\n');
    expect(records.map(([line]) => line)).toEqual([1, 3, 4]);
    expect(malformed).toEqual([[2, "unclosed quote", 'b,"2']]);
  });

  test("a stray quote that meets another one later costs its own line only", () => {
    const { records, malformed } = tokenize('a,"1\r\nb,2\r\nc,"3"\r\n');
    expect(records.map(([line]) => line)).toEqual([2, 3]);
    expect(malformed).toEqual([[1, "text after a closing quote", 'a,"1']]);
  });

  test("separates by more than one character", () => {
    const { records } = tokenize("a::b:c::3\nd::e::4", { delimiter: "::", quoted: false });
    expect(records).toEqual([
      [1, "a", "b:c", "3"],
      [2, "d", "e", "4"],
    ]);
  });

  test("gives up a line of more than a megabyte and goes on after it", () => {
    const { records, malformed } = tokenize(`a,1\n${"x".repeat(3 << 20)}\nb,2\n`, CSV, 100_000);
    expect(records).toEqual([
      [1, "a", "1"],
      [3, "b", "2"],
    ]);
    expect(malformed.map(([line, reason]) => [line, reason])).toEqual([[2, "longer than 1 MiB"]]);
  });

  test("gives up a quote that is still open after a megabyte", () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `u${i},i`).join("\n");
    const { records, malformed } = tokenize(`"open,1\n${rows}\n`, CSV, 1 << 20);
    expect(malformed.map(([line, reason]) => [line, reason])).toEqual([[1, "unclosed quote"]]);
    expect(records).toHaveLength(200_000);
    expect(records.at(-1)).toEqual([200_001, "u199999", "i"]);
  });

  test("holds records of many fields", () => {
    const fields = Array.from({ length: 300 }, (_, i) => String(i));
    expect(tokenize(fields.join(",")).records).toEqual([[1, ...fields]]);
  });

  test("gives the same records however the bytes are cut into chunks", () => {
    const piece = fc.constantFrom("a", "é", '"', '""', ",", "::", "\n", "\r\n", "\r", " ", "7", '"x,y"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        for (const dialect of [CSV, { delimiter: "::", quoted: true }, { delimiter: "\t", quoted: false }]) {
          expect(tokenize(pieces.join(""), dialect, size)).toEqual(tokenize(pieces.join(""), dialect));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("reads back what was written, field by field and line by line", () => {
    const field = fc.string({ unit: fc.constantFrom("a", "ß", '"', ",", "\n", "7", " "), maxLength: 6 });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field, field), { maxLength: 20 }), (rows) => {
        const text = rows.map((row) => `${row.map(quote).join(",")}\n`).join("");
        const { records, malformed } = tokenize(text);
        expect(malformed).toEqual([]);
        expect(records.map(([, ...fields]) => fields)).toEqual(rows);
        let line = 1;
        for (const [i, record] of records.entries()) {
          expect(record[0]).toBe(line);
          line += 1 + (rows[i]?.join("").split("\n").length ?? 1) - 1;
        }
      }),
    );
  });
});
