import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answer, failure, penchant } from "./cli.ts";
import { startServer } from "./server.ts";
import { shopFolder } from "./shop.ts";

let folder = "";
const write = (name: string, filter: unknown) => {
  const pipeline = { candidates: [{ from: "first", n: 30 }], filter, k: 30 };
  writeFileSync(join(folder, name), JSON.stringify(pipeline));
};

beforeAll(async () => {
  folder = await shopFolder();
  await answer(folder, "train", "ease", "--data", "shop", "--run", "first");
  write("home.json", ["bought", "disliked"]);
  write("seen.json", ["seen"]);
  write("both.json", ["seen", "bought", "disliked"]);
}, 120_000);

/** Items of a person whose rows pass, from the file. */
const itemsOf = (user: string, passes: (kind: string) => boolean): string[] => {
  const rows = readFileSync(join(folder, "shop.csv"), "utf8")
    .split("\n")
    .map((row) => row.split(","));
  return [...new Set(rows.filter((row) => row[0] === user && passes(row[2] as string)).map((row) => row[1] as string))];
};

interface Asked {
  readonly page: { readonly items: { readonly item: string }[]; readonly warnings?: { code: string }[] };
}

test("bought and disliked items of the data are left out alone, held-out ones too", async () => {
  const { page } = await answer<Asked>(folder, "page", "home.json", "--user", "u3");
  const listed = new Set(page.items.map(({ item }) => item));
  const out = itemsOf("u3", (kind) => kind === "purchase" || kind === "skip");
  const others = itemsOf("u3", (kind) => kind === "view").filter((item) => !out.includes(item));
  expect([out.length > 0, others.length > 0]).toEqual([true, true]);
  expect(out.filter((item) => listed.has(item))).toEqual([]);
  expect(others.filter((item) => !listed.has(item))).toEqual([]);
});

test("measured, what is held out is not left out for having been bought", async () => {
  interface Measured {
    readonly protocols: { readonly metrics: Record<string, unknown> }[];
  }
  const [seen, both] = await Promise.all(
    ["seen.json", "both.json"].map((file) => answer<Measured>(folder, "evaluate", file)),
  );
  expect(both?.protocols[0]?.metrics).toEqual(seen?.protocols[0]?.metrics);
  write("blind.json", ["seen", { ratedBelow: 1 }, { met: ["click"] }]);
  const { stdout } = await penchant(folder, "evaluate", "blind.json");
  expect(stdout).toMatch(
    /met: the data of first have no events of the kind click, but cart, purchase, skip, view; .*\(on \d+ of \d+ pages\)/,
  );
  write("slip.json", [{ met: ["vew"] }]);
  expect(await failure(folder, ["evaluate", "slip.json"])).toMatchObject({
    code: "CONFIG_PIPELINE",
    fix: 'Did you mean "view"?',
  });
});

test("over HTTP the next page leaves out what was just bought, and so does the next server", async () => {
  const body = { user: "u5", pipeline: "home" };
  const before = await startServer(folder, "--pipeline", "home.json");
  const page = async (server: typeof before) => {
    const { body: answered } = await server.post("/v1/recommend", body);
    return answered.items.map(({ item }: { item: string }) => item) as string[];
  };
  const [bought, disliked, viewed] = await page(before);
  const event = (item: string | undefined, type: string) => ({ user: "u5", item, type });
  const events = [event(bought, "purchase"), event(disliked, "dislike"), event(viewed, "view")];
  expect((await before.post("/v1/events", { events })).status).toBe(200);
  const after = await page(before);
  expect([bought, disliked, viewed].map((item) => after.includes(item as string))).toEqual([false, false, true]);
  const { body: why } = await before.post("/v1/recommend", { ...body, explain: [bought, disliked] });
  expect(why.fates).toMatchObject([{ stage: "bought" }, { stage: "disliked" }]);
  before.child.kill("SIGKILL"); // acknowledged is on the disk
  const again = await startServer(folder, "--pipeline", "home.json");
  expect((await page(again)).sort()).toEqual(after.sort());
});

test("a picture says what is left out", async () => {
  const { stdout } = await penchant(folder, "pipeline", "diagram", "home.json");
  expect(stdout).toContain("what was bought left out");
});
