import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { afterAll, describe, expect, test } from "vitest";
import { packPicture, packVector } from "../features/index.ts";
import { readRows, type Wanted } from "./feature-rows.ts";
import { featureTable } from "./features.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
const wanted = (...names: readonly string[]): Wanted[] => names.map((name) => ({ name, kind: "number" }));

describe("rows of features, by ids", () => {
  const films = () => file("films.csv", "year,id,title,price\n1999, a ,Matrix,3.5\n2001,b,Amélie,\n");

  test("have the features that are looked for and that the file has, a missing value as it stands there", async () => {
    const { rows } = await readRows(films(), wanted("price", "year", "rating"), { id: "id" });
    expect(rows).toEqual([
      { id: "a", features: { price: "3.5", year: "1999" } },
      { id: "b", features: { price: "", year: "2001" } },
    ]);
  });
  test("have the id of the first column that is no feature, where none is named, or no such one is there", async () => {
    for (const id of [undefined, "number"]) {
      const { rows } = await readRows(films(), wanted("year"), id === undefined ? {} : { id });
      expect(rows.map((row) => row.id)).toEqual(["a", "b"]);
    }
    const { rows } = await readRows(films(), wanted("year", "id"));
    expect(rows.map((row) => row.id)).toEqual(["Matrix", "Amélie"]);
  });
  test("may be ids alone, where no feature is looked for", async () => {
    expect((await readRows(films(), [], { id: "id" })).rows).toEqual([
      { id: "a", features: {} },
      { id: "b", features: {} },
    ]);
  });
  test("a place is the pair of its columns, and none where either is missing", async () => {
    const path = file("shops.csv", "id,latitude,longitude\nx,52.5,13.4\ny,,8\nz,1,\n");
    const { rows } = await readRows(path, [{ name: "latitude+longitude", kind: "place" }]);
    expect(rows.map(({ features }) => features["latitude+longitude"])).toEqual(["52.5,13.4", null, null]);
  });
  test("of a file in which every column is a feature: FEATURE_ID", async () => {
    const path = file("all.csv", "year,price\n1999,3\n");
    await expect(readRows(path, wanted("year", "price"))).rejects.toMatchObject({
      code: "FEATURE_ID",
      message: expect.stringContaining("received year, price") as string,
    });
  });
  test("of a file in which none is: FEATURE_UNKNOWN, with what is looked for and what is there", async () => {
    await expect(readRows(films(), wanted("length", "genre"))).rejects.toMatchObject({
      code: "FEATURE_UNKNOWN",
      message: expect.stringContaining("expected length, genre; received year, id, title, price") as string,
    });
  });
});

describe("rows of vectors", () => {
  /** As numpy.save writes two rows of two float32. */
  const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }".padEnd(117)}\n`;
  const npy = () =>
    file(
      "looks.npy",
      Buffer.concat([
        Buffer.from("\x93NUMPY\x01\x00v\x00", "latin1"),
        Buffer.from(header),
        new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer),
      ]),
    );
  const ids = () => file("looks.txt", "a\nb\n");
  const [first, second] = [packVector(Float32Array.of(1, 2)), packVector(Float32Array.of(3, 4))];
  const vector = (name: string): Wanted => ({ name, kind: "vector" });

  test("are called as the only feature of vectors, and it is said", async () => {
    const { rows, warnings } = await readRows(npy(), [...wanted("year"), vector("poster")], { ids: ids() });
    expect(rows).toEqual([
      { id: "a", features: { poster: first } },
      { id: "b", features: { poster: second } },
    ]);
    expect(warnings.map(({ code }) => code)).toContain("vectors-named");
  });
  test("keep their name where that is a feature; nothing is said", async () => {
    const { rows, warnings } = await readRows(npy(), [vector("poster"), vector("looks")], { ids: ids() });
    expect(rows.map(({ features }) => features)).toEqual([{ looks: first }, { looks: second }]);
    expect(warnings).toEqual([]);
    const only = await readRows(npy(), [vector("looks")], { ids: ids() });
    expect(only.warnings).toEqual([]);
  });
  test("of which it is not known which of two features they are, or of no feature of vectors: FEATURE_UNKNOWN", async () => {
    for (const features of [[vector("poster"), vector("sound")], wanted("year")]) {
      await expect(readRows(npy(), features, { ids: ids() })).rejects.toMatchObject({ code: "FEATURE_UNKNOWN" });
    }
  });
});

describe("a table of features", () => {
  const red = () => {
    const image = new PNG({ width: 1, height: 1 });
    image.data.set([255, 0, 0, 255]);
    return PNG.sync.write(image);
  };
  const picture = packPicture(
    32,
    Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
  );

  test("of a folder of pictures has each read, by the name of its file", async () => {
    const posters = join(folder, "posters");
    mkdirSync(posters);
    for (const name of ["b", "a"]) writeFileSync(join(posters, `${name}.png`), red());
    const { names, rows, warnings, source } = await featureTable(posters);
    expect({ names, rows, warnings, source }).toEqual({
      ...{ names: ["id", "picture"], warnings: [], source: posters },
      rows: [
        ["a", picture],
        ["b", picture],
      ],
    });
  });
  test("that names pictures has them read; what names none stays as it is", async () => {
    file("one.png", red());
    const named = await featureTable(file("named.csv", "id,poster,year\na,one.png,1999\nb,,2000\n"), { header: true });
    expect(named.rows).toEqual([
      ["a", picture, "1999"],
      ["b", "", "2000"],
    ]);
    const plain = await featureTable(file("plain.csv", "id,year\na,1999\n"), { header: true });
    expect(plain.rows).toEqual([["a", "1999"]]);
  });
});
