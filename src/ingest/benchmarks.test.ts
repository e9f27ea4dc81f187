import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { coded, realData, temporaryFolder } from "../../test/support/folder.ts";
import type { Events } from "./events.ts";
import { readEvents } from "./read.ts";

const pairs = ({ users, items, user, item }: Events): string[] =>
  Array.from({ length: user.length }, (_, i) => `${users.text(user.at(i))}-${items.text(item.at(i))}`);

const NCF = {
  "tiny.train.rating": "0\t10\t5\t100\n0\t11\t4\t101\n1\t10\t3\t50\n",
  "tiny.test.rating": "0\t12\t5\t102\n1\t13\t4\t51\n",
  "tiny.test.negative": "(0,12)\t20\t21\t13\n(1,13)\t11\t12\t20\n",
};

describe("the ncf format", () => {
  test("is found by folder, by the path up to its name, and by its train file", async () => {
    const folder = temporaryFolder(NCF);
    for (const path of [folder, join(folder, "tiny"), join(folder, "tiny.train.rating")]) {
      const { events, given, report } = await readEvents(path);
      expect(report.format).toBe("ncf");
      expect(pairs(events)).toEqual(["0-10", "0-11", "1-10"]);
      expect(given && pairs(given.test)).toEqual(["0-12", "1-13"]);
      expect(given?.candidates && pairs(given.candidates)).toEqual(["0-20", "0-21", "0-13", "1-11", "1-12", "1-20"]);
      expect([events.value?.at(0), events.time?.at(0), given?.test.time?.at(1)]).toEqual([5, 100, 51]);
      expect(events.items.size).toBe(6);
    }
  });

  test("may be gzip and may lack the negatives", async () => {
    const folder = temporaryFolder({
      "tiny.train.rating": gzipSync(NCF["tiny.train.rating"]),
      "tiny.test.rating": NCF["tiny.test.rating"],
    });
    const { events, given } = await readEvents(folder, { format: "ncf" });
    expect([events.user.length, given?.candidates]).toEqual([3, undefined]);
  });

  test("is refused when a part is missing or malformed", async () => {
    await coded("DATA_FORMAT", () => readEvents(temporaryFolder({ "tiny.train.rating": "0\t1\t5\t1\n" })));
    const broken = { ...NCF, "tiny.test.negative": "0 12 20\n0 12 20\n0 12 20\n0 12 20\n0 12 20\n0 12 20\n" };
    await coded("DATA_MALFORMED", () => readEvents(temporaryFolder(broken)));
    await coded("DATA_MALFORMED", () =>
      readEvents(temporaryFolder({ ...NCF, "tiny.test.rating": "0\n" }), { strict: true }),
    );
  });
});

describe("the lightgcn format", () => {
  test("gives training, validation and test; a user without items is none", async () => {
    const folder = temporaryFolder({ "train.txt": "0 5 6 7\n1 5\n", "test.txt": "0 8\n1 \n2\n" });
    const { events, given } = await readEvents(folder);
    expect(pairs(events)).toEqual(["0-5", "0-6", "0-7", "1-5"]);
    expect(given && pairs(given.test)).toEqual(["0-8"]);
    writeFileSync(join(folder, "valid.txt"), "1 9\n");
    expect((await readEvents(folder, { format: "lightgcn" })).given?.validation?.user.length).toBe(1);
  });

  const { path, missing } = realData("gowalla");
  test.skipIf(missing)("holds Gowalla with its published sizes", async () => {
    const { events, given } = await readEvents(path);
    expect([events.users.size, events.items.size]).toEqual([29_858, 40_981]);
    expect(events.user.length + (given?.validation?.user.length ?? 0)).toBe(810_128);
    expect(given?.test.user.length).toBe(217_242);
  });
});

describe("MovieLens-1M with the NCF test", () => {
  const files = {
    "item_list.txt": "50\t0\n40\t1\n30\t2\n",
    "ml-1m.test.rating": "0\t1\t5\t100\n1\t0\t4\t100\n",
    "ml-1m.test.negative": "(0,1)\t2\n(1,0)\t1\t2\n",
    "ratings.tsv.gz": gzipSync(
      "user\tmovie\trating\tpos\ttimestamp\n1\t50\t4\t0\t\n1\t40\t4\t1\t100\n2\t30\t3\t0\t\n2\t50\t5\t1\t\n",
    ),
  };

  test("takes the test pairs out of training and keeps the published indices", async () => {
    const { events, given, report } = await readEvents(temporaryFolder(files));
    expect(report.format).toBe("ncf-ml-1m");
    expect(pairs(events)).toEqual(["1-50", "2-30"]);
    expect(given && pairs(given.test)).toEqual(["1-40", "2-50"]);
    expect(given?.candidates && pairs(given.candidates)).toEqual(["1-30", "2-40", "2-30"]);
    expect([events.item.at(0), events.value]).toEqual([0, undefined]);
  });

  test("is refused when a test pair is not among the ratings", async () => {
    const folder = temporaryFolder({ ...files, "ml-1m.test.rating": "0\t2\t5\t100\n1\t0\t4\t100\n" });
    await coded("DATA_FORMAT", () => readEvents(folder));
  });

  const { path, missing } = realData("ml-1m");
  test.skipIf(missing)("has the published sizes", async () => {
    const { events, given } = await readEvents(path);
    expect([events.users.size, events.items.size, events.user.length]).toEqual([6040, 3706, 994_169]);
    expect([given?.test.user.length, given?.candidates?.user.length]).toEqual([6040, 597_960]);
  });
});
