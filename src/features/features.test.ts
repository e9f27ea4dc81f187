import { describe, expect, it } from "vitest";
import { filledRows } from "../core/csr.ts";
import { PenchantError } from "../core/errors.ts";
import { below, hash, normal } from "../core/random.ts";
import { Encoder } from "./encode.ts";
import { fitFeatures, MOST_CATEGORIES } from "./fit.ts";
import { guessKind } from "./guess.ts";
import { joinFeatures, type KnownIds } from "./join.ts";
import { packPicture } from "./picture.ts";
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
  vector: (row) => [0, 1, 2, 3].map((i) => normal(5, row, i)),
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
    ["url", many((i) => `http://x/${i}`), "none"],
    ["zip", many((i) => String(48000 + i)), "none"],
    ["same", many(() => "x"), "none"],
    ["empty", many(() => " "), "none"],
  ])("%s", (name, values, kind) => {
    expect(guessKind(name, values).kind).toBe(kind);
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
    const values = counts.map((i) => hash(1, i) % 5);
    const twins = reportFeatures(
      ["a", "b"].map((name) => ({ name, kind: "categorical", why: "", values })),
      counts,
    );
    expect(twins[1]?.warnings.map(({ code }) => code)).toEqual(["feature-twin"]);
  });
});
