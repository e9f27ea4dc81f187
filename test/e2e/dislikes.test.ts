import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure } from "./cli.ts";
import { shopFolder } from "./shop.ts";

interface Trained {
  readonly dislikes?: number;
  readonly warnings: readonly { readonly code: string }[];
}
interface Measured {
  readonly relevance?: { readonly rule: string; readonly heldOut: number; readonly relevant: number };
  readonly protocols: readonly { readonly users: number }[];
}
interface List {
  readonly items: readonly { readonly item: string }[];
}

let folder: string;
beforeAll(async () => {
  folder = await shopFolder();
}, 120_000);

/** Items of a person by kind, from the file. */
const itemsOf = (user: string, kind?: string): string[] =>
  readFileSync(join(folder, "shop.csv"), "utf8")
    .split("\n")
    .map((row) => row.split(","))
    .filter((row) => row[0] === user && (kind === undefined || row[2] === kind))
    .map((row) => row[1] as string);

const train = (model: string, run: string, ...more: string[]) =>
  answer<Trained>(folder, "train", model, "--data", "shop", "--run", run, "--epochs", "2", "--threads", "1", ...more);

describe("dislikes", () => {
  test.each(["bpr-mf", "gmf"])("%s learns them, weighed or not, and never recommends them", async (model) => {
    const plain = await train(model, "plain");
    expect(plain.dislikes).toBeGreaterThan(50);
    const weighed = await train(model, "weighed", "--set", "weights=values");
    expect(weighed.dislikes).toBe(plain.dislikes);
    expect(weighed.warnings.map(({ code }) => code)).not.toContain("values-ignored");
    const { items } = await answer<List>(folder, "recommend", "weighed", "--user", "u3", "-k", "20");
    const met = itemsOf("u3");
    expect(itemsOf("u3", "skip").length).toBeGreaterThan(0);
    expect(items.filter(({ item }) => met.includes(item))).toEqual([]);
  });

  test("are no hits: everybody's last like is held out, and later dislikes are misses", async () => {
    await train("bpr-mf", "plain");
    const { relevance, protocols } = await answer<Measured>(folder, "evaluate", "plain");
    expect(relevance).toMatchObject({ rule: ">=0", relevant: 40 });
    expect(relevance?.heldOut).toBeGreaterThan(40);
    expect(protocols[0]?.users).toBe(40);
  });

  test("a model without labelled negatives says so", async () => {
    const { warnings } = await answer<Trained>(folder, "train", "ease", "--data", "shop", "--run", "solved");
    expect(warnings.map(({ code }) => code)).toContain("dislikes-left-out");
  });

  test("an update brings more of them", async () => {
    await answer(
      folder,
      "import",
      "shop.csv",
      "--name",
      "grown",
      "--event",
      "kind",
      "--event-values",
      "view=1,skip=-1",
    );
    await answer(folder, "train", "bpr-mf", "--data", "grown", "--run", "old", "--epochs", "2");
    writeFileSync(join(folder, "more.csv"), "user,item,kind,time\nu1,i99,skip,1700100000\nu1,i98,view,1700100001\n");
    const updated = await answer<object>(
      folder,
      "update",
      "old",
      "--with",
      "more.csv",
      "--no-scratch",
      "--event",
      "kind",
      "--event-values",
      "view=1,skip=-1",
    );
    expect(updated).toMatchObject({ added: { rows: 2, items: 2 } });
    const { items } = await answer<List>(folder, "recommend", "old", "--user", "u1", "-k", "32");
    expect(items.map(({ item }) => item).filter((item) => item === "i99")).toEqual([]);
  });

  test("ratings below a value are dislikes where one says so", async () => {
    const club = await clubFolder();
    const of = (...more: string[]) =>
      answer<Trained>(club, "train", "bpr-mf", "--data", "ratings", "--epochs", "1", "--threads", "1", ...more);
    expect((await of()).dislikes).toBeUndefined();
    const low = (await of("--dislikes-below", "3")).dislikes as number;
    expect(low).toBeGreaterThan(0);
    expect((await of("--threshold", "4", "--dislikes-below", "4")).dislikes).toBeGreaterThan(low);
    const wrong = ["train", "bpr-mf", "--data", "ratings", "--threshold", "3", "--dislikes-below", "4"];
    expect(await failure(club, wrong)).toMatchObject({
      code: "CONFIG_VALUE",
      fix: expect.stringContaining("3") as string,
    });
    const rated = ["train", "biased-mf", "--data", "ratings", "--dislikes-below", "3"];
    expect((await failure(club, rated)).code).toBe("CONFIG_VALUE");
  });
});
