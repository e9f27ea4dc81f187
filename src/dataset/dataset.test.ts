import { describe, expect, test } from "vitest";
import { coded, realData, temporaryFile, temporaryFolder } from "../../test/support/folder.ts";
import { rowsOf } from "../../test/support/interactions.ts";
import { importDataset, readInteractions } from "./dataset.ts";
import { checkLeakage } from "./leakage.ts";
import { readNcfMl1m } from "./ncf-ml-1m.ts";
import { withKnownValues } from "./rated.ts";
import { leaveLastOut } from "./split/leave-last-out.ts";

const csv = (rows: readonly string[], header = "user,item,rating,time"): string =>
  temporaryFile("x.csv", `${[header, ...rows].join("\n")}\n`);

const codes = async (rows: readonly string[], header?: string): Promise<string[]> =>
  (await importDataset(csv(rows, header))).report.warnings.map(({ code }) => code);

describe("importDataset", () => {
  test("reports sizes, density, duplicates, values and times", async () => {
    const { interactions, report } = await importDataset(
      csv(["a,x,4,100", "a,y,5,200", "b,x,1,300", "a,x,2,400", "b,z,4.5,50"]),
    );
    expect(rowsOf(interactions)).toEqual(["a x 2 400", "a y 5 200", "b x 1 300", "b z 4.5 50"]);
    expect(report).toMatchObject({ users: 2, items: 3, interactions: 4, density: 4 / 6 });
    expect(report.duplicates.count).toBe(1);
    expect(report.perUser).toEqual({ least: 2, median: 2, mean: 2, most: 2 });
    expect(report.perItem).toEqual({ least: 1, median: 1, mean: 4 / 3, most: 2 });
    expect(report.values).toMatchObject({ least: 1, most: 5, mean: 3.125, distinct: 4 });
    expect(report.values?.histogram).toEqual(["1", "2", "4.5", "5"].map((label) => ({ label, count: 1 })));
    expect(report.times).toEqual({ first: 50, last: 400, unknown: 0 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test("adds values of duplicates when told to", async () => {
    const path = csv(["a,x,4,100", "a,x,5,200", "b,y,1,300"]);
    expect(rowsOf(await readInteractions(path, { duplicates: "sum" }))).toEqual(["a x 9 200", "b y 1 300"]);
    await coded("CONFIG_VALUE", () => importDataset(path, { duplicates: "first" as never }));
  });

  test("makes ranges of many values, by factors where they span orders of magnitude", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `u${i % 20},i${i},${10 ** (i % 50)}`);
    const { report } = await importDataset(
      csv(
        rows.filter((row) => !row.endsWith("e+")),
        "user,item,plays",
      ),
    );
    expect(report.values?.histogram).toHaveLength(10);
    expect(report.values?.histogram.every(({ count }) => count === 20 || count > 0)).toBe(true);
    expect(report.values?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(report.interactions);
  });

  test("keeps rows without a value, and leaves them out of statistics", async () => {
    const rows = ["a,x,4,1", "a,y,,2", "b,x,2,3", "b,y,3,4", "b,y,,5"];
    const { report, interactions } = await importDataset(csv(rows));
    expect([...interactions].map(({ value }) => value)).toEqual([4, Number.NaN, 2, 3]);
    expect(report.values).toMatchObject({ least: 2, mean: 3, most: 4, distinct: 3, unknown: 1 });
    expect([interactions.catalog().meanValue, withKnownValues(interactions).size]).toEqual([3, 3]);
    const summed = await importDataset(csv(rows), { duplicates: "sum" });
    expect([...summed.interactions].map(({ value }) => value)).toEqual([4, Number.NaN, 2, 4]);
  });

  test("tells when nearly every row is merged into another, with the other columns", async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `u${i % 3},${["view", "buy"][i % 2]},thing ${i % 30}`);
    const path = csv(rows, "user,item,page");
    const { report } = await importDataset(path);
    const told = report.warnings.find(({ code }) => code === "nearly-all-merged");
    expect(told?.message).toContain("94 of 100 rows");
    expect(told?.message).toContain(`penchant import ${path} --user user --item page`);
    expect(report.source.confidence).toBeLessThan(0.45);
  });

  test("points at what is suspicious", async () => {
    const normal = Array.from({ length: 40 }, (_, i) => `u${i % 20},i${i % 8},${1 + (i % 5)},${1600000000 + i}`);
    const one = Array.from({ length: 8 }, (_, i) => `bot,i${i},3,${1600000000 + i}`);
    expect(await codes(normal)).toEqual([]);
    expect(await codes([...normal, ...one])).toEqual(["one-user-dominates"]);
    expect(await codes(normal.map((row) => row.replace(/,\d,/, ",1,")))).toEqual(["constant-values"]);
    expect(await codes(["a,x,4,-5", "a,y,4,7", "b,x,5,5000000000", "b,y,5,100"])).toEqual([
      "times-are-numbers",
      "negative-times",
      "far-future-times",
    ]);
    const sevens = normal.map((row) => row.replace(/\d+$/, "7"));
    expect(await codes(sevens)).toEqual(["times-are-numbers", "constant-times"]);
    expect(await codes(["a,x", "b,x", "c,y", "d,y"], "user,item")).toEqual(["user-in-every-row"]);
    expect(await codes(["a,x", "a,y", "b,x", "c,y"], "user,item")).toEqual(["one-row-per-user"]);
    expect(await codes(normal.map((row) => `${row}000`))).toEqual(["times-in-milliseconds"]);
  });

  test("refuses a single user or a single item, and says which column to check", async () => {
    const error = await coded("DATA_TOO_SMALL", () => importDataset(csv(["a,x,1,1", "a,y,1,2"])));
    expect(error.fix).toContain("--user");
    expect((await coded("DATA_TOO_SMALL", () => importDataset(csv(["a,x,1,1", "b,x,1,2"])))).fix).toContain("--item");
  });

  test("gives the parts of a benchmark the same ids, and candidates sorted and without repeats", async () => {
    const folder = temporaryFolder({
      "t.train.rating": "0\t10\t5\t1\n1\t11\t4\t2\n",
      "t.test.rating": "0\t12\t5\t3\n",
      "t.test.negative": "(0,12)\t20\t11\t20\n",
    });
    const { interactions, given, report } = await importDataset(folder);
    expect(interactions.items.toArray()).toEqual(["10", "11", "12", "20"]);
    expect(given?.test.items).toBe(interactions.items);
    expect(given?.candidates).toMatchObject({ offsets: Int32Array.of(0, 2, 2), items: Int32Array.of(1, 3) });
    expect(report.given).toEqual({ validation: 0, test: 1, candidates: 2 });
  });
});

describe("real data", () => {
  const ml100k = realData("ml-100k/u.data");
  test.skipIf(ml100k.missing)(
    "MovieLens 100K has its published numbers and no warnings, and splits by user",
    async () => {
      const { interactions, report } = await importDataset(ml100k.path);
      expect([report.users, report.items, report.interactions, report.duplicates.count]).toEqual([
        943, 1682, 100_000, 0,
      ]);
      expect(report.values?.histogram.map(({ count }) => count)).toEqual([6110, 11370, 27145, 34174, 21201]);
      expect([report.perUser.least, report.perUser.most, report.times?.first]).toEqual([20, 737, 874724710]);
      expect(report.warnings).toEqual([]);
      const split = leaveLastOut(interactions, { validation: true });
      expect([split.train.size, split.validation?.size, split.test.size]).toEqual([98_114, 943, 943]);
      expect(checkLeakage(split)).toEqual([]);
      expect(split.ties).toEqual({ users: 415, of: 943, decidedBy: "seed" });
      expect(report.ties).toEqual(split.ties);
      // of equal times the last item of the catalogue gave popularity .059; the order of the file, or a draw, .08
      for (const seed of [1, 2, 3]) {
        const { train, test: held } = leaveLastOut(interactions, { seed });
        const { itemCounts } = train.catalog();
        const hits = [...held].filter(({ user, item }) => {
          const better = itemCounts.filter(
            (count, other) => count > (itemCounts[item] ?? 0) && !train.has(user, other),
          );
          return better.length < 10;
        });
        expect(hits.length / 943).toBeGreaterThan(0.075);
        expect(hits.length / 943).toBeLessThan(0.095);
      }
    },
  );

  const ml1m = realData("ml-1m");
  test.skipIf(ml1m.missing)("the NCF test of MovieLens-1M has its published numbers and its known quirk", async () => {
    const split = await readNcfMl1m(ml1m.path, { validation: true });
    expect([split.train.size, split.validation?.size, split.test.size]).toEqual([988_129, 6040, 6040]);
    const own = checkLeakage(split).find(({ code }) => code === "test-in-candidates");
    expect(own?.message).toMatch(/^156 test items/);
    expect([split.train.items.id(0), split.train.users.id(0), split.train.items.size]).toEqual(["1193", "1", 3706]);
  });

  test("readNcfMl1m refuses another folder", async () => {
    const folder = temporaryFolder({ "train.txt": "0 1 2\n1 1\n", "test.txt": "0 3\n" });
    await coded("DATA_FORMAT", () => readNcfMl1m(folder));
  });
});
