import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readEvents } from "../../src/ingest/index.ts";
import { answer, clubFolder, failure, finish, penchant, start } from "./cli.ts";

interface List {
  readonly user: string;
  readonly method: string;
  readonly items: readonly { readonly item: string; readonly score: number }[];
}
interface Scores {
  readonly pairs: number;
  readonly missing: object;
  readonly scores: readonly {
    readonly user: string;
    readonly item: string;
    readonly score: number | null;
    readonly missing?: string;
  }[];
}

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--run", "first", "--epochs", "3", "--threads", "1");
  await answer(folder, "train", "biased-mf", "--run", "stars", "--epochs", "3", "--threads", "1");
}, 120_000);

const lines = (file: string): string[] => readFileSync(join(folder, file), "utf8").trimEnd().split("\n");

describe("recommend --all", () => {
  test("writes what each user gets when they are asked for alone, as JSON lines", async () => {
    const written = await answer<object>(
      folder,
      "recommend",
      "first",
      "--all",
      "--output",
      "out/lists.jsonl",
      "-k",
      "4",
    );
    expect(written).toMatchObject({
      run: "first",
      file: "out/lists.jsonl",
      users: 240,
      rows: 960,
      methods: { model: 240 },
    });
    const lists = lines("out/lists.jsonl").map((line) => JSON.parse(line) as List);
    expect(lists).toHaveLength(240);
    for (const at of [0, 100, 239]) {
      expect(lists[at]).toEqual(await answer(folder, "recommend", "first", "--user", lists[at]?.user ?? "", "-k", "4"));
    }
    expect(readdirSync(join(folder, "out"))).toEqual(["lists.jsonl"]);
  });
  test("writes the same rows as CSV and as Parquet, which import reads", async () => {
    const limits = [
      "-k",
      "3",
      "--exclude",
      "film-1",
      "--candidates",
      "film-1,film-2,film-3,film-4,film-5,film-90,film-91",
    ];
    await answer(folder, "recommend", "first", "--all", "--output", "lists.jsonl", ...limits);
    await answer(folder, "recommend", "first", "--all", "--output", "lists.csv", ...limits);
    await answer(folder, "recommend", "first", "--all", "--output", "lists.parquet", ...limits);
    const documents = lines("lists.jsonl").map((line) => JSON.parse(line) as List);
    const rows = documents.flatMap(({ user, method, items }) =>
      items.map(({ item, score }, place) => [user, place + 1, item, score, method].join(",")),
    );
    expect(rows.some((row) => row.includes("film-1,"))).toBe(false);
    expect(lines("lists.csv")).toEqual(["user,place,item,score,method", ...rows]);
    const { events } = await readEvents(join(folder, "lists.parquet"), {
      user: "user",
      item: "item",
      value: "score",
      time: false,
    });
    const read = rows.map((_, i) => [
      events.users.text(events.user.at(i)),
      events.items.text(events.item.at(i)),
      events.value?.at(i),
    ]);
    expect(read).toEqual(
      documents.flatMap(({ user, items }) => items.map(({ item, score }) => [user, item, Math.fround(score)])),
    );
    expect(events.user.length).toBe(rows.length);
  });
  test("leaves an older file as it was when it is interrupted, and nothing beside it", async () => {
    writeFileSync(join(folder, "kept.jsonl"), "before\n");
    const child = start(folder, [
      "recommend",
      "first",
      "--all",
      "--output",
      "kept.jsonl",
      "-k",
      "100",
      "--engine",
      "reference",
      "--json",
    ]);
    setTimeout(() => child.kill("SIGINT"), 500);
    const { code } = await finish(child);
    if (code !== 0) expect(lines("kept.jsonl")).toEqual(["before"]); // on a fast machine it may be done by then
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });
  test.each([
    [["--all"]],
    [["--output", "x.jsonl"]],
    [["--all", "--output", "x.txt"]],
    [["--all", "--output", "x.csv", "--user", "user-1"]],
    [["--all", "--output", "x.csv", "--why"]],
  ])("%j is wrong usage", async (args) => {
    expect((await failure(folder, ["recommend", "first", ...args], 2)).code).toBe("USAGE_ARGUMENTS");
  });
  test("a folder in the place of the file is refused", async () => {
    mkdirSync(join(folder, "taken.jsonl"));
    const args = ["recommend", "first", "--all", "--output", "taken.jsonl"];
    expect((await failure(folder, args)).code).toBe("WORKSPACE_PATH");
  });
});

describe("score", () => {
  test("gives the scores of pairs in the order of the file, and says what is missing", async () => {
    const { items } = await answer<List>(folder, "recommend", "stars", "--user", "user-7", "-k", "3");
    const known = items.map(({ item }) => `user-7,${item}`);
    writeFileSync(
      join(folder, "pairs.csv"),
      ["userId,movieId", ...known, "nobody,film-1", "user-7,film-999", known[0], ""].join("\n"),
    );
    const scored = await answer<Scores>(folder, "score", "stars", "--pairs", "pairs.csv");
    expect(scored).toMatchObject({ run: "stars", pairs: 6, rejected: 0, missing: { user: 1, item: 1, history: 0 } });
    const close = (score: number | undefined) => expect.closeTo(score ?? Number.NaN, 4) as number;
    expect(scored.scores.map(({ score }) => score)).toEqual([
      ...items.map(({ score }) => close(score)),
      null,
      null,
      close(items[0]?.score),
    ]);
    expect(scored.scores.map(({ missing }) => missing).filter(Boolean)).toEqual(["user", "item"]);
    for (const file of ["scores.jsonl", "scores.csv", "scores.parquet"]) {
      const written = await answer<Scores>(folder, "score", "stars", "--pairs", "pairs.csv", "--output", file);
      expect(written).toMatchObject({ file, pairs: 6 });
      expect(written.scores).toBeUndefined();
      expect(existsSync(join(folder, file))).toBe(true);
    }
    expect(lines("scores.jsonl").map((line) => JSON.parse(line) as object)).toEqual(scored.scores);
    expect(lines("scores.csv")[4]).toBe("nobody,film-1,,user");
  });
  test("keeps predicted ratings on the scale unless asked not to", async () => {
    const scores = async (...args: string[]) =>
      (await answer<Scores>(folder, "score", "stars", "--pairs", "ratings.csv", ...args)).scores.map(
        ({ score }) => score ?? 3,
      );
    expect((await scores()).every((score) => score >= 1 && score <= 5)).toBe(true);
    const raw = await scores("--no-clip");
    expect((await scores()).map((score, i) => score - Math.min(5, Math.max(1, raw[i] ?? 0)))).toEqual(raw.map(() => 0));
  });
  test("prints a table for people", async () => {
    const { stdout } = await penchant(folder, "score", "stars", "--pairs", "pairs.csv");
    expect(stdout).toMatch(/unknown user/);
  });
  test("refuses a file that is not there, with its code", async () => {
    expect((await failure(folder, ["score", "stars", "--pairs", "none.csv"])).code).toBe("DATA_FILE_MISSING");
  });
});
