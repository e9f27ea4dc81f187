import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { coded, temporaryFile } from "../../test/support/folder.ts";
import { readEvents } from "./read.ts";
import { guessTimeForm, TIME_FORMATS, timeFormOf } from "./times.ts";

/** The time of a first cell by the form of its column, and that form. */
function read(...cells: string[]): [number | undefined, string | undefined] {
  const form = guessTimeForm(cells)?.form;
  const bytes = Buffer.from(cells[0] ?? "");
  return [form?.read(bytes, 0, bytes.length), form?.name];
}

const at = (iso: string): number => Date.parse(iso) / 1000;

describe("guessTimeForm", () => {
  test.each<[text: string, iso: string, form: string]>([
    ["1408558696", "2014-08-20T18:18:16Z", "seconds"],
    ["1408558696.25", "2014-08-20T18:18:16.25Z", "seconds"],
    ["1408558696123", "2014-08-20T18:18:16.123Z", "milliseconds"],
    ["1.408558696E+12", "2014-08-20T18:18:16Z", "milliseconds"],
    ["1408558696123000", "2014-08-20T18:18:16.123Z", "microseconds"],
    ["20140820", "2014-08-20", "Ymd"],
    ["2014082018", "2014-08-20T18:00Z", "YmdH"],
    ["201408201818", "2014-08-20T18:18Z", "YmdHM"],
    ["20140820181816", "2014-08-20T18:18:16Z", "YmdHMS"],
    ["20140820T181816Z", "2014-08-20T18:18:16Z", "YmdTHMS"],
    ["2014-08-20", "2014-08-20", "Y-m-d"],
    ["2014/8/20", "2014-08-20", "Y-m-d"],
    ["2014.08.20 18:18", "2014-08-20T18:18Z", "Y-m-d"],
    ["2014-08-20T18:18:16.5+02:00", "2014-08-20T16:18:16.5Z", "Y-m-d"],
    ["2014-08-20 18:18:16.25+00", "2014-08-20T18:18:16.25Z", "Y-m-d"],
    ["2014-08-20 18:18:16 UTC", "2014-08-20T18:18:16Z", "Y-m-d"],
    ["2014-08-20 18:18:16 +0000 UTC", "2014-08-20T18:18:16Z", "Y-m-d"],
    ["2014-08-20T18:18:16-05:30[America/Nowhere]", "2014-08-20T23:48:16Z", "Y-m-d"],
    ["2014-08-20 18:18:16,5", "2014-08-20T18:18:16.5Z", "Y-m-d"],
    ["2014-08", "2014-08-01", "Y-m-d"],
    ["20/08/2014", "2014-08-20", "d/m/Y"],
    ["20.08.14 18:18", "2014-08-20T18:18Z", "d/m/Y"],
    ["20-08-2014 18:18:16", "2014-08-20T18:18:16Z", "d/m/Y"],
    ["08/20/2014", "2014-08-20", "m/d/Y"],
    ["8/20/2014 6:18:16 PM", "2014-08-20T18:18:16Z", "m/d/Y"],
    ["Wed, 20 Aug 2014 18:18:16 +0200", "2014-08-20T16:18:16Z", "d b Y"],
    ["Wed, 20 Aug 2014 18:18:16 GMT", "2014-08-20T18:18:16Z", "d b Y"],
    ["20-AUG-14", "2014-08-20", "d b Y"],
    ["20/Aug/2014:18:18:16 -0700", "2014-08-21T01:18:16Z", "d b Y"],
    ["20 August 2014", "2014-08-20", "d b Y"],
    ["Wed Aug 20 2014 18:18:16 GMT+0200 (Central European Summer Time)", "2014-08-20T16:18:16Z", "b d, Y"],
    ["Nov 27, 2012", "2012-11-27", "b d, Y"],
    ["November 27th, 2012 12:30 AM", "2012-11-27T00:30Z", "b d, Y"],
    ["Wed Aug 20 18:18:16 2014", "2014-08-20T18:18:16Z", "a b d H:M:S Y"],
    ["Wed Aug 20 18:18:16 +0000 2014", "2014-08-20T18:18:16Z", "a b d H:M:S Y"],
    ["Wed Aug 20 18:18:16 CEST 2014", "2014-08-20T16:18:16Z", "a b d H:M:S Y"],
  ])("reads %s", (text, iso, form) => {
    expect(read(text)).toEqual([at(iso), form]);
    expect(TIME_FORMATS).toContain(form);
    expect(timeFormOf(form)?.name).toBe(form);
  });

  test.each(["2021-02-29", "2020-13-01", "2020-01-01 25:00", "31/31/2020", "13:45:00", "2014-W34", "Monday", "soon"])(
    "reads no time in %s",
    (text) => expect(guessTimeForm([text])).toBeUndefined(),
  );

  test("knows leap days and far years", () => {
    expect(read("2000-02-29")[0]).toBe(at("2000-02-29"));
    expect(guessTimeForm(["1900-02-29"])).toBeUndefined();
    for (const iso of ["0001-01-01", "1582-10-15", "1969-12-31", "2100-03-01", "9999-12-31"]) {
      expect(read(iso)[0]).toBe(at(iso));
    }
  });

  test("decides day and month from the whole column, wherever the proof stands", () => {
    const days = Array.from({ length: 500 }, (_, i) => `0${1 + (i % 9)}/0${1 + (i % 7)}/2014`);
    expect(read(...days, "20/08/2014")).toEqual([at("2014-01-01"), "d/m/Y"]);
    expect(read(...days, "08/20/2014")[1]).toBe("m/d/Y");
    expect(guessTimeForm(days)?.other).toBe("m/d/Y");
    expect(guessTimeForm([...days, "20/08/2014"])?.other).toBeUndefined();
  });

  test("takes the order in which a file is sorted for a proof, and AM and PM, and dots", () => {
    const sorted = ["01/11/2013", "02/11/2013", "03/11/2013", "01/12/2013", "02/01/2014", "03/02/2014"];
    expect([read(...sorted)[1], guessTimeForm(sorted)?.other]).toEqual(["d/m/Y", undefined]);
    const american = sorted.map((text) => text.replace(/^(..).(..)/, "$2/$1"));
    expect(read(...american)[1]).toBe("m/d/Y");
    expect(read("01/02/2014 1:00 PM")).toEqual([at("2014-01-02T13:00Z"), "m/d/Y"]);
    expect(read("01.02.2014")).toEqual([at("2014-02-01"), "d/m/Y"]);
  });

  test("takes one unit for a column, not one for each cell", () => {
    expect(read("86400", "1408558696", "1408558697", ...Array(30).fill("1408558698"))).toEqual([86400, "seconds"]);
  });

  test("takes days of a spreadsheet and small numbers for times only where the column is called one", () => {
    expect(guessTimeForm(["41871.7627", "41872"])).toMatchObject({
      needsName: true,
      form: { name: "spreadsheet-days" },
    });
    expect(read("41871.75", "41872")[0]).toBe(at("2014-08-20T18:00Z"));
    expect(guessTimeForm(["1", "2", "3"])).toMatchObject({ needsName: true, form: { name: "number" } });
  });
});

describe("times of a file", () => {
  const file = (cell: (i: number) => string, name = "date"): string =>
    temporaryFile(
      "x.csv",
      `user;item;${name}\n${Array.from({ length: 30 }, (_, i) => `u${i % 6};p${i % 5};${cell(i)}\n`).join("")}`,
    );
  const codes = async (path: string): Promise<string[]> =>
    (await readEvents(path)).report.warnings.map(({ code }) => code);

  test("are told where they could be read in two ways, with the command for the other", async () => {
    const path = file((i) => `0${1 + (i % 9)}/0${9 - (i % 7)}/2014`);
    const { report, events } = await readEvents(path);
    expect(report.warnings.map(({ code }) => code)).toEqual(["ambiguous-times"]);
    expect(report.warnings[0]?.message).toContain(`penchant import ${path} --time date --time-format m/d/Y`);
    expect(report.columns[2]).toMatchObject({ role: "time", form: "d/m/Y" });
    const other = await readEvents(path, { time: "date", timeFormat: "m/d/Y" });
    expect([events.time?.at(0), other.events.time?.at(0)]).toEqual([at("2014-09-01"), at("2014-01-09")]);
    expect(other.report.warnings).toEqual([]);
    await coded("CONFIG_UNKNOWN", () => readEvents(path, { time: "date", timeFormat: "backwards" }));
  });

  test("that cannot be read are told, never dropped in silence", async () => {
    expect(await codes(file((i) => `week ${i}`))).toEqual(["unreadable-times"]);
    expect(await codes(file((i) => `${10 + (i % 10)}:30`))).toEqual(["unreadable-times"]);
    expect(await codes(file((i) => `${i % 9}`, "timestamp"))).toEqual(["times-are-numbers"]);
    expect(await codes(file((i) => `${41640 + i}.5`))).toEqual(["times-in-spreadsheet-days"]);
    expect(await codes(file((i) => `2014-08-0${1 + (i % 9)};${10 + i}:00`, "date;time"))).toEqual([
      "time-of-day-not-used",
    ]);
  });

  test("that are missing cost no row", async () => {
    const { events, report } = await readEvents(
      file((i) => ["2014-08-20", "NULL", "", "0000-00-00", "NaT"][i % 5] ?? ""),
    );
    expect([events.user.length, report.rejected.count, report.unknownTimes]).toEqual([30, 0, 24]);
  });
});
