import { describe, expect, it } from "vitest";
import { filledRows } from "../core/csr.ts";
import { PenchantError } from "../core/errors.ts";
import { below, hash, normal } from "../core/random.ts";
import { Encoder } from "./encode.ts";
import { fieldOf } from "./field.ts";
import { fitFeatures, MOST_CATEGORIES } from "./fit.ts";
import { guessKind } from "./guess.ts";
import { joinFeatures, type KnownIds } from "./join.ts";
import { packPicture, packVector } from "./picture.ts";
import { placeCells, placeOf } from "./places.ts";
import { reportFeatures } from "./report.ts";
import type { Cell, FeatureColumn, FittedFeatures, Kind } from "./types.ts";

function coded(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PenchantError) return error.code;
    throw error;
  }
  return "";
}

const words = ["space", "robot", "love", "war", "dog", "née", "日本", "alien"];
const word = (...at: number[]): string => words[below(hash(7, ...at), words.length)] as string;

/** A random value of each kind, sometimes none. */
const makers: { readonly [K in Exclude<Kind, "none">]: (row: number) => Cell } = {
  categorical: (row) => word(row),
  multi: (row) => (row % 2 ? `${word(row)}|${word(row, 1)}` : [word(row), word(row, 2)]),
  boolean: (row) => (row % 2 ? "yes" : false),
  number: (row) => normal(1, row),
  log: (row) => String(Math.exp(3 * Math.abs(normal(2, row)))),
  price: (row) => (row % 5 ? `$${below(hash(3, row), 50)}.99` : "Free"),
  buckets: (row) => Math.round(100 * normal(4, row)),
  time: (row) => `20${10 + (row % 9)}-0${1 + (row % 9)}-1${row % 9}`,
  text: (row) => `${word(row)} ${word(row, 1)} ${word(row, 2)}, ${word(row, 3)}`,
  vector(row) {
    const values = Float32Array.from([0, 1, 2, 3], (i) => normal(5, row, i));
    return row % 2 ? packVector(values) : [...values];
  },
  place: (row) => `${30 * below(hash(10, row), 6) - 90 + (row % 9) / 900}, ${90 * below(hash(11, row), 7) - 180}`,
  image: (row) =>
    packPicture(
      2,
      Uint8Array.from({ length: 12 }, (_, i) => hash(6, row, i) % 256),
    ),
};
const ROWS = 120;
const columns = Object.entries(makers).map(
  ([kind, make]): FeatureColumn => ({
    ...{ name: kind, kind: kind as Kind, why: "" },
    values: Array.from({ length: ROWS }, (_, row) => (hash(9, row, kind.length) % 6 === 0 ? null : make(row))),
  }),
);
const half = Array.from({ length: ROWS / 2 }, (_, row) => row);
const rowOf = (of: readonly FeatureColumn[], row: number) =>
  Object.fromEntries(of.map(({ name, values }) => [name, values[row] as Cell]));
const saved = (fitted: FittedFeatures): FittedFeatures => JSON.parse(JSON.stringify(fitted));

describe("training and serving see the same numbers", () => {
  it.each(columns.map((column) => [column.kind, column] as const))("%s", (_, column) => {
    const fitted = fitFeatures([column], half);
    const all = new Encoder(fitted).rows([column], ROWS);
    const later = new Encoder(saved(fitted));
    expect(filledRows(all).length).toBeGreaterThan(ROWS / 2);
    for (let row = 0; row < ROWS; row++) {
      const alone = later.given([rowOf([column], row)]);
      const [from, to] = [all.offsets[row] as number, all.offsets[row + 1] as number];
      expect(alone.items).toEqual(all.items.slice(from, to));
      expect(alone.values).toEqual(all.values?.slice(from, to));
    }
  });

  it("with all kinds side by side, each in columns of its own", () => {
    const fitted = fitFeatures(columns, half);
    const all = new Encoder(fitted).rows(columns, ROWS);
    const alone = new Encoder(saved(fitted)).given(Array.from({ length: ROWS }, (_, row) => rowOf(columns, row)));
    expect(alone).toEqual(all);
    expect(fitted.width).toBe(fitted.columns.reduce((sum, { width }) => sum + width, 0));
    for (const value of all.values ?? []) expect(Number.isFinite(value)).toBe(true);
    for (const item of all.items) expect(item).toBeLessThan(fitted.width);
  });
});

describe("what is learned", () => {
  it("is learned of training rows alone", () => {
    const changed = columns.map((column) => ({
      ...column,
      values: column.values.map((value, row) =>
        row < ROWS / 2 ? value : makers[column.kind as keyof typeof makers](row + 1000),
      ),
    }));
    expect(fitFeatures(changed, half)).toEqual(fitFeatures(columns, half));
    expect(fitFeatures(changed, Array(ROWS).keys())).not.toEqual(fitFeatures(columns, Array(ROWS).keys()));
  });

  it("is no category of a single row, and what is unknown or missing is nothing", () => {
    const column = { name: "c", kind: "categorical" as const, why: "", values: ["a", "a", "b", "c", "c", null] };
    const fitted = fitFeatures([column], Array(6).keys());
    expect(fitted.columns).toEqual([{ name: "c", kind: "categorical", categories: ["a", "c"], width: 2 }]);
    const rows = new Encoder(fitted).given([{ c: "b" }, { c: "new" }, { c: null }, {}, { c: " NULL " }, { c: "c" }]);
    expect([...rows.offsets]).toEqual([0, 0, 0, 0, 0, 0, 1]);
  });

  it("is refused in a request where it is no value at all, or several of one", () => {
    const values = ["a", "a", "b", "b"];
    const column = (name: string, kind: Kind) => ({ name, kind, why: "", values });
    const encoder = new Encoder(fitFeatures([column("c", "categorical"), column("m", "multi")], Array(4).keys()));
    for (const row of [{ c: { of: "a" } }, { c: ["a", "b"] }, { m: { of: "a" } }, { m: [["a"]] }, { m: [{}] }])
      expect(
        coded(() => encoder.given([row as never])),
        JSON.stringify(row),
      ).toBe("FEATURE_VALUE");
    expect(encoder.given([{ c: ["a"], m: ["a", "b"] }]).items.length).toBe(3);
  });

  it("is a hash where there are more categories than columns", () => {
    const values = Array.from({ length: 2 * (MOST_CATEGORIES + 1) }, (_, row) => `c${row >> 1}`);
    const {
      columns: [feature],
    } = fitFeatures([{ name: "c", kind: "categorical", why: "", values }], values.keys());
    expect(feature).toMatchObject({ kind: "categorical", categories: undefined, width: 1 << 17 });
    const { items } = new Encoder({ columns: [feature as never], width: 1 << 17 }).given([{ c: "c5" }, { c: "c6" }]);
    expect(items[0]).not.toBe(items[1]);
  });

  it("weighs rare words more than those that half of the rows have", () => {
    const values = ["rare storm over hills", "rare storm in town", "town of hills", "hills and town"];
    const {
      columns: [feature],
    } = fitFeatures([{ name: "t", kind: "text", why: "", values }], values.keys());
    if (feature?.kind !== "text") throw new Error("no text");
    expect(Math.max(...feature.idf)).toBeCloseTo(Math.log(5 / 3) + 1, 12);
    const { values: weights } = new Encoder({ columns: [feature], width: feature.width }).given([
      { t: values[0] as string },
    ]);
    expect(Math.hypot(...(weights ?? []))).toBeCloseTo(1, 6);
  });
});

describe("a value of another kind", () => {
  const one = (kind: Kind, values: readonly Cell[]) =>
    fitFeatures([{ name: "f", kind, why: "", values }], values.keys());
  it("is refused, in training and in answering", () => {
    expect(coded(() => one("number", [1, 2, "tall"]))).toBe("FEATURE_VALUE");
    expect(
      coded(() =>
        one("vector", [
          [1, 2],
          [1, 2, 3],
        ]),
      ),
    ).toBe("FEATURE_VALUE");
    expect(coded(() => one("vector", [[1, 2], "1 NaN"]))).toBe("FEATURE_VALUE");
    expect(coded(() => one("boolean", [true, "perhaps"]))).toBe("FEATURE_VALUE");
    expect(coded(() => one("time", ["2001-01-01", "2001-13-40"]))).toBe("FEATURE_VALUE");
    const encoder = new Encoder(one("number", [1, 2, 3]));
    expect(coded(() => encoder.given([{ f: "tall" }]))).toBe("FEATURE_VALUE");
    expect(coded(() => encoder.given([{ height: 3 }]))).toBe("FEATURE_UNKNOWN");
    expect(
      coded(() =>
        new Encoder(
          one("vector", [
            [1, 2],
            [3, 4],
          ]),
        ).given([{ f: [1, 2, 3] }]),
      ),
    ).toBe("FEATURE_VALUE");
  });

  it("leaves nothing where all is the same", () => {
    expect(coded(() => one("number", [3, 3, 3]))).toBe("FEATURE_EMPTY");
    expect(coded(() => one("none", [1, 2, 3]))).toBe("FEATURE_EMPTY");
  });
});

describe("kinds", () => {
  const many = (make: (i: number) => Cell) => Array.from({ length: 40 }, (_, i) => make(i));
  it.each<[string, readonly Cell[], Kind]>([
    ["genres", many((i) => (i % 2 ? "Drama|War" : "Drama")), "multi"],
    ["tags", many((i) => JSON.stringify([word(i), "x"])), "multi"],
    ["seen", many((i) => (i % 2 ? "0" : "1")), "boolean"],
    ["height", many((i) => String(150.5 + i)), "number"],
    ["age", many((i) => String([1, 18, 25, 35][i % 4])), "categorical"],
    ["views", many((i) => String(2 ** i)), "log"],
    ["price", many((i) => (i % 9 ? `${i}.99` : "Free to Play")), "price"],
    ["released", many((i) => `2001-02-${10 + (i % 18)}`), "time"],
    ["plot", many((i) => `${word(i)} meets ${word(i, 1)} number ${i}`), "text"],
    ["director", many((i) => `Ann ${word(i)}`), "categorical"],
    ["poster", many((i) => `[${i}, 0.5, 2]`), "vector"],
    ["poster", many((i) => packVector(Float32Array.of(i, 1))), "vector"],
    ["where", many((i) => `${i}.5, 0.5`), "text"],
    ["location", many((i) => `(${i}.5, 0.5)`), "place"],
    ["lat+lon", many((i) => `${i}.5,0.5`), "place"],
    ["url", many((i) => `http://x/${i}`), "none"],
    ["zip", many((i) => String(48000 + i)), "none"],
    ["taste", many((i) => (i === 3 ? "[1, 2, 3, 4]" : `[${i}, 1, 2]`)), "vector"],
    ["area", many((i) => (i === 7 ? "02139" : String(48000 + (i % 30)))), "categorical"],
    ["same", many(() => "x"), "none"],
    ["empty", many(() => " "), "none"],
  ])("%s", (name, values, kind) => {
    expect(guessKind(name, values).kind).toBe(kind);
  });

  it("of vectors say how long most of them are", () => {
    const values = many((i) => (i === 3 ? "[1, 2, 3, 4]" : `[${i}, 1, 2]`));
    expect(guessKind("taste", values).why).toBe("lists of 3 numbers");
  });
});

describe("places", () => {
  it("are written in several ways, and what is none is told from them", () => {
    for (const cell of [
      "52.5,13.4",
      "(52.5, 13.4)",
      "[52.5,13.4]",
      "52.5 13.4",
      "52.5/13.4",
      [52.5, 13.4],
      "52.5, 373.4",
    ])
      expect([cell, placeOf(cell)?.map((x) => x.toFixed(1))]).toEqual(
        cell === "52.5, 373.4" ? [cell, undefined] : [cell, ["52.5", "13.4"]],
      );
    expect(placeOf("0, 190")).toEqual([0, -170]);
    for (const cell of ["91, 0", "-90.1, 0", "0, -180.5", "Berlin", "52.5", 52.5, "1,2,3", [1], true])
      expect(placeOf(cell)).toBeUndefined();
  });

  it("near each other share all cells but the smallest, far ones none, and the ends of the earth have some", () => {
    const shared = (a: string, b: string) => {
      const [one, other] = [a, b].map((cell) => placeCells(placeOf(cell) as [number, number]));
      return one?.filter((cell, i) => cell === other?.[i]).length;
    };
    expect(shared("52.520,13.405", "52.521,13.406")).toBeGreaterThanOrEqual(5);
    expect(shared("52.520,13.405", "52.45,13.30")).toBeLessThan(5);
    expect(shared("52.520,13.405", "40.71,-74.0")).toBe(0);
    for (const cell of ["90,0", "-90,180", "90,-180", "0,180", "0,360"])
      expect(new Set(placeCells(placeOf(cell) as [number, number])).size).toBe(6);
    expect(shared("0,180", "0,-180")).toBe(6);
    // near a pole a cell is about as wide as at the equator
    const width = (lat: number) => placeCells([lat, 20])[2] === placeCells([lat, 22])[2];
    expect([width(0), width(88.5)]).toEqual([false, true]);
  });

  const ids: KnownIds = {
    size: 3,
    id: (i) => `s${i}`,
    index: (id) => (/^s[012]$/.test(id) ? Number(id[1]) : undefined),
  };
  const table = {
    source: "shops.csv",
    names: ["shop", "Latitude", "Longitude", "north"],
    rows: [
      ["s0", "52.52", "13.41", "1"],
      ["s1", "52.53", "", "2"],
      ["s2", "48.1", "11.5", "3"],
    ],
  };
  it("stand in two columns, told by their names, which a request may use too", () => {
    const { columns: found } = joinFeatures(table, ids, { side: "item" });
    expect(found.map(({ name, kind }) => [name, kind])).toEqual([
      ["north", "categorical"],
      ["Latitude+Longitude", "place"],
    ]);
    expect(found[1]?.values).toEqual(["52.52,13.41", null, "48.1,11.5"]);
    const twice = [...(found[1]?.values ?? []), ...(found[1]?.values ?? [])];
    const fitted = fitFeatures([{ ...(found[1] as FeatureColumn), values: twice }], twice.keys());
    const encoder = new Encoder(saved(fitted));
    const [whole, parts] = [
      encoder.given([{ "Latitude+Longitude": "52.52,13.41" }, {}]),
      encoder.given([{ Latitude: 52.52, Longitude: "13.41" }, { Latitude: 52.52 }]),
    ];
    expect(parts).toEqual(whole);
    expect([...whole.offsets]).toEqual([0, 6, 6]);
    expect(coded(() => encoder.given([{ Latitude: 99, Longitude: 0 }]))).toBe("FEATURE_VALUE");
  });

  it("are what was asked for: numbers, nothing, or columns of other names", () => {
    const kindsOf = (kinds: Record<string, string>) =>
      joinFeatures(table, ids, { side: "item", kinds }).columns.map(({ name, kind }) => `${name} ${kind}`);
    expect(kindsOf({ Latitude: "number" })).toEqual(
      ["Latitude number", "Longitude text", "north categorical"].map((x) =>
        x.replace("text", guessKind("Longitude", ["13.41", "", "11.5"]).kind),
      ),
    );
    expect(kindsOf({ "Latitude+Longitude": "none" })).toEqual(["north categorical", "Latitude+Longitude none"]);
    expect(kindsOf({ "north+Longitude": "place", Latitude: "none" })).toEqual([
      "Latitude none",
      "north+Longitude place",
    ]);
    expect(coded(() => kindsOf({ "Latitude+east": "place" }))).toBe("FEATURE_UNKNOWN");
    const far = { ...table, rows: [...table.rows.slice(1), ["s0", "252.5", "13.4", "1"]] };
    expect(joinFeatures(far, ids, { side: "item" }).columns.map(({ name }) => name)).toContain("Latitude");
  });
});

describe("a table of features", () => {
  const ids: KnownIds = {
    size: 3,
    id: (i) => `f${i}`,
    index: (id) => (/^f[012]$/.test(id) ? Number(id[1]) : undefined),
  };
  const table = {
    source: "films.csv",
    names: ["n", "film", "genre"],
    rows: [
      ["1", "f2", "war"],
      ["2", "f0", "love"],
      ["3", "f9", "war"],
      ["2", "f0", "love"],
    ],
  };
  it("meets the ids of the data by the column that holds most of them", () => {
    const { columns: found, report } = joinFeatures(table, ids, { side: "item" });
    expect(found.map(({ name, values }) => [name, values])).toEqual([
      ["n", ["2", null, "1"]],
      ["genre", ["love", null, "war"]],
    ]);
    expect(report).toEqual({
      ...{ source: "films.csv", side: "item", id: "film", rows: 4, matched: 2 },
      without: { count: 1, examples: ["f1"] },
      unknown: { count: 1, examples: ["f9"] },
    });
  });

  it("that only looks like one, since ids are numbers, is said to be a guess", () => {
    const many: KnownIds = { size: 10, id: String, index: (id) => (/^\d$/.test(id) ? Number(id) : undefined) };
    const of = (names: readonly string[], id?: string) =>
      joinFeatures(
        {
          source: "shop.csv",
          names,
          rows: [
            ["red", "3"],
            ["blue", "4"],
          ],
        },
        many,
        { side: "item", id },
      ).report.doubt;
    expect(of(["colour", "size"])).toBe(
      '"size" is taken as the id, for it holds 2 of 10 ids, the most of all columns; nothing else says so. If another one is meant: --id colour',
    );
    expect(of(["colour", "size"], "size")).toBeUndefined();
    expect(of(["colour", "itemId"])).toBeUndefined();
  });

  it("is refused where ids do not meet, or say two things", () => {
    expect(coded(() => joinFeatures({ ...table, rows: [["1", "g", "war"]] }, ids, { side: "item" }))).toBe(
      "FEATURE_ID",
    );
    expect(coded(() => joinFeatures(table, ids, { side: "item", id: "genre" }))).toBe("FEATURE_ID");
    expect(coded(() => joinFeatures(table, ids, { side: "item", id: "fim" }))).toBe("FEATURE_UNKNOWN");
    expect(coded(() => joinFeatures(table, ids, { side: "item", kinds: { gender: "text" } }))).toBe("FEATURE_UNKNOWN");
    expect(coded(() => joinFeatures(table, ids, { side: "item", kinds: { genre: "txt" } }))).toBe("CONFIG_UNKNOWN");
    const twice = { ...table, rows: [...table.rows, ["2", "f0", "war"]] };
    expect(coded(() => joinFeatures(twice, ids, { side: "item" }))).toBe("FEATURE_DUPLICATE");
    const {
      columns: [, genre],
    } = joinFeatures(twice, ids, { side: "item", gather: true });
    expect(genre?.values).toEqual([["love", "war"], null, "war"]);
  });
});

describe("a value that speaks against its kind", () => {
  const ids: KnownIds = { size: 40, id: (i) => `f${i}`, index: (id) => Number(id.slice(1)) };
  const cells = ids.size - 1;
  const rows = Array.from({ length: ids.size }, (_, i) => [
    `f${i}`,
    i < cells ? `${i}.99` : "Play Now",
    `[${i}, 1, 2${i < cells ? "" : ", 3"}]`,
  ]);
  const table = { source: "games.csv", names: ["id", "price", "picture"], rows };

  it("counts as missing where the kind is a guess, which says so, so that training never fails of it", () => {
    const { columns: found } = joinFeatures(table, ids, { side: "item" });
    expect(found.map(({ kind, values }) => [kind, values.at(-1)])).toEqual([
      ["price", null],
      ["vector", null],
    ]);
    expect(found[0]?.why).toContain('1 that are not, such as "Play Now", count as missing');
    expect(fitFeatures(found, Array(ids.size).keys()).width).toBe(4);
  });

  it("is refused at once where the kind was asked for", () => {
    for (const kinds of [{ price: "price" }, { picture: "vector" }, { price: "number" }])
      expect(coded(() => joinFeatures(table, ids, { side: "item", kinds }))).toBe("FEATURE_VALUE");
  });
});

describe("vectors of different lengths", () => {
  const ids = { size: 4, index: (id: string) => Number(id) - 1, id: (index: number) => `${index + 1}` };
  const table = (names: readonly string[], last: string) => ({
    ...{ source: "v.csv", names },
    rows: ["1 2 3", "4 5 6", "7 8 9", last].map((vector, i) => [`${i + 1}`, vector]),
  });
  it.each(["1 2", "1 2 3 4"])("are told as such where vectors were asked for: %s", (last) => {
    const join = () => joinFeatures(table(["id", "v"], last), ids, { side: "item", id: "id", kinds: { v: "vector" } });
    expect(join).toThrow(/The vectors of "v" are of different lengths/);
    expect(coded(join)).toBe("FEATURE_VALUE");
  });
  it("a column that was named, in a table without names, is told how to have them", () => {
    const join = () => joinFeatures(table(["1", "2"], "1 2 3"), ids, { side: "item", id: "movie" });
    expect(coded(join)).toBe("FEATURE_UNKNOWN");
    try {
      join();
    } catch (error) {
      expect((error as PenchantError).fix).toContain("--header");
    }
  });
});

describe("the worth of a feature", () => {
  const counts = Array.from({ length: 400 }, (_, i) => i);
  const report = (kind: Kind, make: (i: number) => Cell) =>
    reportFeatures([{ name: "f", kind, why: "", values: counts.map(make) }], counts)[0];
  it("is what it tells of the counts, and no more by chance than nothing", () => {
    expect(report("categorical", (i) => `${i >> 7}`)?.popularity).toBeGreaterThan(0.5);
    expect(report("categorical", (i) => `${hash(1, i) % 40}`)?.popularity).toBeLessThan(0.05);
    expect(report("categorical", (i) => `c${i}`)?.popularity).toBeLessThan(0.5);
  });

  it("comes with warnings: made of the counts, hardly known, twins", () => {
    const codes = (kind: Kind, make: (i: number) => Cell) => report(kind, make)?.warnings.map(({ code }) => code);
    expect(codes("number", (i) => 2 * i)).toEqual(["feature-leak"]);
    expect(codes("number", (i) => (i % 2 ? hash(1, i) : null))).toEqual(["feature-sparse"]);
    expect(codes("none", () => 1)).toEqual(["feature-unused"]);
    const many = Array.from({ length: 2 * (MOST_CATEGORIES + 1) }, (_, row) => `c${row >> 1}`);
    const [hashed] = reportFeatures(
      [{ name: "f", kind: "categorical", why: "", values: many }],
      many.map(() => 1),
    );
    expect(hashed?.warnings).toEqual([
      { code: "feature-hashed", message: expect.stringContaining("100,001 values, more than are told apart") },
    ]);
    const values = counts.map((i) => hash(1, i) % 5);
    const twins = reportFeatures(
      ["a", "b"].map((name) => ({ name, kind: "categorical", why: "", values })),
      counts,
    );
    expect(twins[1]?.warnings.map(({ code }) => code)).toEqual(["feature-twin"]);
  });
});

it("a feature as a field of a filter: typed values, lists, seconds; nothing of vectors and of what is missing", () => {
  expect(fieldOf("price", "$9.99")).toBe(9.99);
  expect(fieldOf("number", "12")).toBe(12);
  expect(fieldOf("buckets", 1999)).toBe(1999);
  expect(fieldOf("boolean", "yes")).toBe(true);
  expect(fieldOf("multi", "a|b")).toEqual(["a", "b"]);
  expect(fieldOf("time", "1970-01-02")).toBe(86400);
  expect(fieldOf("categorical", " drama ")).toBe("drama");
  expect(fieldOf("none", ["a", "b"])).toEqual(["a", "b"]);
  expect(fieldOf("number", "unknown")).toBeUndefined();
  for (const missing of [null, "", "NULL", "NaN"]) expect(fieldOf("text", missing)).toBeUndefined();
  expect(fieldOf("vector", [1, 2])).toBeUndefined();
});
