import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pixelsOf } from "../features/picture.ts";
import { pictureColumns, pictureFolder, readPicture, withPictures } from "./pictures.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pictures-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A picture by what each of its pixels is: red, green, blue, and how opaque. */
function png(name: string, width: number, height: number, pixel: (x: number, y: number) => readonly number[]): string {
  const image = new PNG({ width, height });
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) image.data.set(pixel(x, y), (y * width + x) * 4);
  const path = join(folder, name);
  writeFileSync(path, PNG.sync.write(image));
  return path;
}
const bytesOf = (packed: string): number[] =>
  Array.from(pixelsOf(packed) ?? [], (value) => Math.round((value + 1) * 127.5));

describe("a picture as a value of a feature", () => {
  test("is as it was where it has that size: red, green, blue, row by row", async () => {
    const path = png("small.png", 2, 2, (x, y) => [100 * x, 100 * y, 7, 255]);
    expect(bytesOf(await readPicture(path, 2))).toEqual([0, 0, 7, 100, 0, 7, 0, 100, 7, 100, 100, 7]);
  });

  test("each pixel is the mean of what it covers, also of a part of one", async () => {
    const path = png("wide.png", 3, 2, (x) => [[0, 90, 240][x] as number, 0, 0, 255]);
    // A pixel and a half each: (0 + 90 / 2) / 1.5 and (90 / 2 + 240) / 1.5.
    expect(bytesOf(await readPicture(path, 2))).toEqual([30, 0, 0, 190, 0, 0, 30, 0, 0, 190, 0, 0]);
    expect(
      bytesOf(await readPicture(path, 6))
        .filter((_, i) => i % 3 === 0)
        .slice(0, 6),
    ).toEqual([0, 0, 90, 90, 240, 240]);
  });

  test("what is transparent is white", async () => {
    const path = png("clear.png", 1, 1, () => [0, 0, 0, 0]);
    expect(bytesOf(await readPicture(path, 1))).toEqual([255, 255, 255]);
  });

  test("JPEG is read too", async () => {
    const data = Buffer.alloc(16 * 16 * 4, 255);
    for (let i = 0; i < 256; i++) data.set([200, 40, 40, 255], 4 * i);
    const path = join(folder, "red.jpg");
    writeFileSync(path, jpeg.encode({ width: 16, height: 16, data }, 95).data);
    const [red = 0, green = 0] = bytesOf(await readPicture(path, 4));
    expect(Math.abs(red - 200)).toBeLessThan(8);
    expect(Math.abs(green - 40)).toBeLessThan(8);
  });

  test.each([
    ["text", Buffer.from("no picture at all")],
    ["nothing", Buffer.alloc(0)],
    ["a PNG file cut off", undefined],
    ["a JPEG file of noise", Buffer.from([0xff, 0xd8, 1, 2, 3, 4, 5])],
    [
      "a PNG file that says it is huge",
      Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), Buffer.alloc(16, 0x7f)]),
    ],
  ])("%s: FEATURE_IMAGE, with its path", async (name, bytes) => {
    const path = join(folder, `${name}.png`);
    const whole = bytes ?? PNG.sync.write(new PNG({ width: 9, height: 9 })).subarray(0, 60);
    writeFileSync(path, whole);
    await expect(readPicture(path)).rejects.toMatchObject({ code: "FEATURE_IMAGE", details: { path } });
  });

  test("a file that is not there: DATA_FILE_MISSING", async () => {
    await expect(readPicture(join(folder, "never.png"))).rejects.toMatchObject({ code: "DATA_FILE_MISSING" });
  });
});

describe("pictures of a table", () => {
  test("a folder is a table of its pictures by name", () => {
    const posters = join(folder, "posters");
    mkdirSync(posters);
    for (const name of ["b.png", "a.JPG", "notes.txt"]) writeFileSync(join(posters, name), "x");
    expect(pictureFolder(posters)).toEqual({
      names: ["id", "picture"],
      rows: [
        ["a", "a.JPG"],
        ["b", "b.png"],
      ],
    });
    expect(pictureFolder(join(folder, "never"))).toBeUndefined();
    expect(pictureFolder(join(posters, "notes.txt"))).toBeUndefined();
  });

  test("columns that name files are told from others, and read once from beside the table", async () => {
    png("one.png", 1, 1, () => [255, 0, 0, 255]);
    const table = {
      source: join(folder, "films.csv"),
      names: ["id", "poster", "title"],
      rows: [
        ["1", "one.png", "a.png of words"],
        ["2", "", "b"],
        ["3", "one.png", "c"],
      ],
    };
    expect(pictureColumns(table)).toEqual([1]);
    const rows = await withPictures(table, [1]);
    expect(bytesOf(rows[0]?.[1] ?? "").slice(0, 3)).toEqual([255, 0, 0]);
    expect(rows.map(([, poster]) => poster === rows[0]?.[1])).toEqual([true, false, true]);
  });
});
