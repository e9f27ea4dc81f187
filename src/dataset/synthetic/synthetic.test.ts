import { describe, expect, test } from "vitest";
import { coded, temporaryFile } from "../../../test/support/folder.ts";
import { rowsOf } from "../../../test/support/interactions.ts";
import { importDataset } from "../dataset.ts";
import { leaveLastOut } from "../split/leave-last-out.ts";
import { filmClub, filmClubCsv } from "./film-club.ts";
import { hugeInteractions } from "./huge.ts";

const club = filmClub();
const small = { members: 300, films: 200, interactions: 6000 };

describe("filmClub", () => {
  test("has the sizes asked for, names and titles as ids, ratings of 1 to 5, and says that it is invented", () => {
    const { dataset, films, members } = club;
    const { report, interactions } = dataset;
    expect([report.users, report.items]).toEqual([2000, 1000]);
    expect(report.interactions).toBeGreaterThan(55_000);
    expect(report.interactions).toBeLessThan(65_000);
    expect(interactions.items.id(0)).toMatch(/^The \S+ \S+ \(\d{4}\)$/);
    expect([films[5]?.id, members[7]?.id]).toEqual([interactions.items.id(5), interactions.users.id(7)]);
    expect(report.values?.histogram.map(({ label }) => label)).toEqual(["1", "2", "3", "4", "5"]);
    expect(report.warnings.map(({ code }) => code)).toEqual(["synthetic"]);
    expect(report.perUser.least).toBeGreaterThanOrEqual(3);
  });

  test("is a function of its options", () => {
    expect(filmClub(small).dataset.interactions.fingerprint()).toBe(
      filmClub({ ...small, seed: 1 }).dataset.interactions.fingerprint(),
    );
    expect(filmClub(small).dataset.interactions.fingerprint()).not.toBe(
      filmClub({ ...small, seed: 2 }).dataset.interactions.fingerprint(),
    );
  });

  test("has a few films that nobody has watched, and popular ones", () => {
    const { itemCounts } = club.dataset.interactions.catalog();
    const sorted = [...itemCounts].sort((a, b) => b - a);
    expect(sorted.slice(-10)).toEqual(new Array(10).fill(0));
    expect(sorted.slice(-30).every((count) => count < 10)).toBe(true);
    const top = sorted.slice(0, 100).reduce((a, b) => a + b);
    expect(top / sorted.reduce((a, b) => a + b)).toBeGreaterThan(0.25);
  });

  test("plants tastes: what members watch last is of their favourite genre far more often than chance, and taste drifts", () => {
    const { dataset, films, members } = club;
    const last = [...leaveLastOut(dataset.interactions).test];
    const share = (genre: (user: number) => string | undefined): number =>
      last.filter(({ user, item }) => films[item]?.genre === genre(user)).length / last.length;
    expect(share((user) => members[user]?.favourites[1])).toBeGreaterThan(0.6);
    expect(share((user) => members[user]?.favourites[0])).toBeLessThan(
      share((user) => members[user]?.favourites[1]) - 0.05,
    );
    const ratings = (likes: boolean): number => {
      const rated = [...dataset.interactions].filter(
        ({ user, item }) => (films[item]?.genre === members[user]?.favourites[0]) === likes,
      );
      return rated.reduce((sum, { value }) => sum + value, 0) / rated.length;
    };
    expect(ratings(true)).toBeGreaterThan(ratings(false) + 0.5);
  });

  test("is the same when it is written as CSV and imported", async () => {
    const { interactions } = await importDataset(temporaryFile("club.csv", filmClubCsv(small)));
    expect(rowsOf(interactions).sort()).toEqual(rowsOf(filmClub(small).dataset.interactions).sort());
  });

  test("gives different ids even when there are more than names", () => {
    const { dataset } = filmClub({ members: 2100, films: 2100, interactions: 10_000 });
    expect(new Set(dataset.interactions.users).size).toBe(2100);
  });

  test("refuses sizes without sense", async () => {
    for (const options of [{ members: 1 }, { films: 2 }, { interactions: 0.5 }, { seed: Number.NaN }]) {
      await coded("CONFIG_VALUE", () => filmClub(options));
    }
  });
});

describe("hugeInteractions", () => {
  test("has exactly the size asked for, every user with something, and the same content every time", () => {
    const x = hugeInteractions({ users: 2000, items: 500, interactions: 50_000 });
    expect([x.users.size, x.items.size, x.size]).toEqual([2000, 500, 50_000]);
    for (let user = 0; user < 2000; user++) expect(x.itemsOf(user).length).toBeGreaterThan(0);
    expect(hugeInteractions({ users: 2000, items: 500, interactions: 50_000 }).fingerprint()).toBe(x.fingerprint());
    expect(x.users.id(7)).toBe("u7");
  });

  test("plants clusters and a skew", () => {
    const x = hugeInteractions({ users: 1000, items: 1000, interactions: 20_000, clusters: 10 });
    const home = [...x].filter(({ user, item }) => item % 10 === user % 10).length / x.size;
    expect(home).toBeGreaterThan(0.5);
    const counts = [...x.catalog().itemCounts].sort((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(5 * (counts[500] ?? 0));
  });

  test("fills rows of users who take half the catalogue", () => {
    const x = hugeInteractions({ users: 10, items: 100, interactions: 480 });
    expect(x.size).toBeGreaterThan(300);
    for (let user = 0; user < 10; user++) expect(x.itemsOf(user).length).toBeLessThanOrEqual(50);
  });

  test("refuses sizes without sense", async () => {
    await coded("CONFIG_VALUE", () => hugeInteractions({ users: 10, items: 100, interactions: 5 }));
    await coded("CONFIG_VALUE", () => hugeInteractions({ users: 10, items: 10, interactions: 50 }));
  });
});
