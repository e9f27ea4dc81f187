import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";

interface Recommended {
  readonly user: string | null;
  readonly method: string;
  readonly items: readonly { readonly item: string; readonly score: number }[];
  readonly warnings?: readonly { readonly code: string }[];
}

/** Ratings of the file, by user and item. */
function ratingsOf(file: string): Map<string, Map<string, number>> {
  const ratings = new Map<string, Map<string, number>>();
  for (const line of readFileSync(file, "utf8").trim().split("\n").slice(1)) {
    const [user = "", item = "", rating] = line.split(",");
    ratings.set(user, (ratings.get(user) ?? new Map<string, number>()).set(item, Number(rating)));
  }
  return ratings;
}

let folder: string;
let rated: Map<string, Map<string, number>>;
beforeAll(async () => {
  folder = await clubFolder();
  rated = ratingsOf(join(folder, "ratings.csv"));
  const quick = ["--epochs", "3", "--threads", "1"];
  await answer(folder, "train", "bpr-mf", "--run", "first", ...quick);
  await answer(folder, "train", "bpr-mf", "--run", "likes", "--threshold", "4", ...quick);
  await answer(folder, "train", "biased-mf", "--run", "stars", ...quick);
  await answer(folder, "train", "bpr-mf", "--run", "whole", "--split", "none", ...quick);
}, 120_000);

const ids = ({ items }: Recommended): string[] => items.map(({ item }) => item);
const recommend = (run: string, ...args: string[]) => answer<Recommended>(folder, "recommend", run, ...args);

describe("what a run recommends", () => {
  test.each(["first", "likes", "stars", "whole"])(
    "%s: nothing that the user has in the file, whatever they gave it",
    async (run) => {
      for (const user of ["user-1", "user-17", "user-230"]) {
        const own = rated.get(user) ?? new Map<string, number>();
        const list = await recommend(run, "--user", user, "-k", "150");
        expect(ids(list).filter((item) => own.has(item))).toEqual([]);
        const { items: all } = await recommend(run, "--user", user, "-k", "10", "--include-seen");
        expect(list.items.length).toBeGreaterThan(100);
        expect(all).toHaveLength(10);
      }
    },
  );
  test("--include-seen --exclude X is everything but X", async () => {
    const own = [...(rated.get("user-1")?.keys() ?? [])];
    const [gone = ""] = own;
    const list = ids(await recommend("first", "--user", "user-1", "-k", "149", "--include-seen", "--exclude", gone));
    expect(list).not.toContain(gone);
    for (const item of own.slice(1)) expect(list).toContain(item);
  });
  test("--user with --items is the user with these on top", async () => {
    const both = await recommend("first", "--user", "user-1", "--items", "film-140,film-141", "-k", "5");
    expect(both).toMatchObject({ user: "user-1", method: "fold-in" });
    const own = rated.get("user-1") ?? new Map<string, number>();
    expect(ids(both).filter((item) => own.has(item) || item === "film-140")).toEqual([]);
    const other = await recommend("first", "--user", "user-2", "--items", "film-140,film-141", "-k", "5");
    expect(ids(other)).not.toEqual(ids(both));
  });
  test("--ratings are a newcomer's, on the scale of the data", async () => {
    const good = await recommend("stars", "--ratings", "film-3=5,film-17=2", "-k", "20");
    const bad = await recommend("stars", "--ratings", "film-3=1,film-17=5", "-k", "20");
    expect(good).toMatchObject({ user: null, method: "fold-in" });
    expect(good.items).not.toEqual(bad.items);
    expect(good.items.every(({ score }) => score >= 1 && score <= 5)).toBe(true);
    const { code, message } = await failure(folder, ["recommend", "stars", "--ratings", "film-3=99"]);
    expect([code, message]).toEqual(["CONFIG_VALUE", expect.stringContaining("from 1 to 5")]);
    expect((await recommend("first", "--ratings", "film-3=5,film-17=2")).warnings).toMatchObject([
      { code: "values-ignored" },
    ]);
    expect((await recommend("likes", "--ratings", "film-3=5,film-17=2")).warnings).toBeUndefined();
  });
});

describe("--split none", () => {
  test("trains on everything, answers, and says why it cannot be measured", async () => {
    const { metadata } = JSON.parse(readFileSync(join(folder, ".penchant/runs/whole/artifact.json"), "utf8")) as {
      metadata: { split: object };
    };
    expect(metadata.split).toMatchObject({ kind: "none" });
    for (const command of ["evaluate", "compare"]) {
      const { code, message } = await failure(folder, [command, "whole"]);
      expect([code, message]).toEqual(["EVAL_EMPTY", expect.stringContaining("trained on everything")]);
    }
    const { stdout } = await penchant(folder, "compare", "--json");
    expect((JSON.parse(stdout) as { unmeasured: object[] }).unmeasured).toMatchObject([
      { run: "whole", code: "EVAL_EMPTY" },
    ]);
  });
});
