import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { coded, temporaryFile } from "../../test/support/folder.ts";
import { encodingNamed } from "./encoding.ts";
import { readEvents } from "./read.ts";

const first = async (content: Buffer, encoding?: string): Promise<{ item: string; columns: string[] }> => {
  const { events, report } = await readEvents(temporaryFile("x.csv", content), { encoding });
  return { item: events.items.text(events.item.at(0)), columns: report.columns.map(({ name }) => name) };
};

describe("encodings", () => {
  test.each([
    ["latin1", "windows-1252"],
    ["Latin-1", "windows-1252"],
    ["latin_1", "windows-1252"],
    ["ISO-8859-1", "windows-1252"],
    ["iso8859-15", "iso-8859-15"],
    ["cp1252", "windows-1252"],
    ["CP-1251", "windows-1251"],
    ["ansi", "windows-1252"],
    ["utf8", "utf-8"],
    ["UTF-8-SIG", "utf-8"],
    ["utf-16", "utf-16"],
    ["UTF_16LE", "utf-16le"],
    ["shift-jis", "shift_jis"],
    ["gbk", "gbk"],
  ])("%s is %s", (name, label) => {
    expect(encodingNamed(name)).toBe(label);
  });

  test("that do not exist are answered with the nearest", async () => {
    expect((await coded("CONFIG_UNKNOWN", () => encodingNamed("latim-1"))).fix).toBe('Did you mean "latin-1"?');
    await coded("CONFIG_UNKNOWN", () => encodingNamed("klingon"));
  });

  test("UTF-16 is refused where it cannot be", async () => {
    await coded("CONFIG_VALUE", () => first(Buffer.from("user,item\na,b\nc,d\n"), "utf-16"));
  });

  test("hold for names and ids alike", async () => {
    const text = "Utilisateur;Film;évaluation\nu1;Amélie – €;3\nu2;b;4\n";
    const bytes = Buffer.from(
      [...text].map((letter) => ({ "–": 0x96, "€": 0x80 })[letter] ?? letter.codePointAt(0) ?? 0),
    );
    const expected = { item: "Amélie – €", columns: ["Utilisateur", "Film", "évaluation"] };
    expect(await first(bytes, "latin1")).toEqual(expected);
    expect(await first(bytes, "cp1252")).toEqual(expected);
    expect(await first(Buffer.from(`\uFEFF${text}`, "utf16le"))).toEqual(expected);
    expect(await first(Buffer.from(`\uFEFF${text}`, "utf16le").swap16())).toEqual(expected);
    expect(await first(Buffer.from(text, "utf16le"))).toEqual(expected);
    expect(await first(Buffer.from(text, "utf16le"), "utf-16")).toEqual(expected);
    expect(await first(Buffer.from(text, "utf8"), "utf8")).toEqual(expected);
  });

  test("that are not Latin are decoded over chunk ends", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `ю${i % 50},фильм ${i % 70}\n`).join("");
    const bytes = Buffer.from([...`user,item\n${rows}`].map((letter) => cyrillic(letter)));
    const { events } = await readEvents(temporaryFile("x.csv", bytes), { encoding: "cp1251" });
    expect([events.users.size, events.items.size, events.items.text(3)]).toEqual([50, 70, "фильм 3"]);
    const wide = await readEvents(temporaryFile("x.csv", Buffer.from(`user,item\n${rows}`, "utf16le")));
    expect([wide.events.users.size, wide.events.items.size, wide.events.items.text(3)]).toEqual([50, 70, "фильм 3"]);
  });
});

/** Windows-1251 has а–я at 0xe0 on. */
function cyrillic(letter: string): number {
  const code = letter.codePointAt(0) ?? 0;
  return code < 128 ? code : code - 0x430 + 0xe0;
}
