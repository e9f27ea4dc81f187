import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";
import { startServer } from "./server.ts";

let folder = "";
const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content));
const pipeline = (utility: object) => ({ candidates: [{ from: "taste", n: 60 }], rerank: [{ utility }], k: 5 });

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "taste");
  const lines = Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({ item: `film-${i + 1}`, fresh: i % 10 === 0, seller: `s${i % 3}`, margin: 1 + (i % 7) }),
  );
  writeFileSync(join(folder, "items.jsonl"), lines.join("\n"));
  await answer(folder, "items", "items.jsonl");
});

interface Solved {
  readonly rules: { rule: string; bound: number; price: number; without: number; reached: number; ofOthers: number }[];
  readonly value: { without: number; reached: number; bound: number; gap: number };
}
const rules = [
  { filter: "item.fresh", atLeast: 0.25 },
  { each: "seller", atMost: 0.4 },
];

test("prices make pages keep the rules, near the best there is, and pages are made by them", async () => {
  write("priced.json", pipeline({ value: "margin", rules }));
  const before = await failure(folder, ["page", "priced.json", "--user", "user-1"]);
  expect(before.code).toBe("CONFIG_PIPELINE");
  expect(before.fix).toContain("penchant utility solve");
  const solved = await answer<Solved>(folder, "utility", "solve", "priced.json", "--output", "priced.json");
  const [fresh, ...sellers] = solved.rules;
  expect(fresh?.without).toBeLessThan(0.25);
  expect(fresh?.reached).toBeGreaterThanOrEqual(0.25 - 1e-9);
  expect(fresh?.price).toBeGreaterThan(0);
  expect(sellers.map(({ rule }) => rule)).toEqual(["seller s0", "seller s1", "seller s2"]);
  for (const { reached } of sellers) expect(reached).toBeLessThanOrEqual(0.4 + 1e-9);
  const { reached, bound, without, gap } = solved.value;
  expect(reached).toBeLessThanOrEqual(bound + 1e-9);
  expect(reached).toBeLessThan(without);
  expect(gap).toBeLessThan(0.02);
  const written = JSON.parse(readFileSync(join(folder, "priced.json"), "utf8"));
  expect(written.rerank[0].utility.rules[0].price).toBe(fresh?.price);
  const { page } = await answer<{ page: { items: unknown[] } }>(folder, "page", "priced.json", "--user", "user-1");
  expect(page.items).toHaveLength(5);
  expect((await penchant(folder, "utility", "solve", "priced.json")).stdout).toContain(
    "of the best that keep the rules",
  );
});

test("a rule whose condition can be evaluated of nothing is told, also where it is kept for that, and when pages are measured", async () => {
  const slips = [
    { filter: "item.frehs", atMost: 0.25 },
    { filter: "item.odl", atMost: 0.25 },
  ];
  write("slips.json", pipeline({ rules: slips }));
  const asked = ["utility", "solve", "slips.json", "--users", "20", "--output", "solved.json"];
  const { warnings } = await answer<{ warnings: object[] }>(folder, ...asked);
  const told = (by: string, name: string) =>
    expect.stringMatching(
      new RegExp(`^${by}: item\\.${name} is true of none of .* ${name}\\. \\(on \\d+ of \\d+ pages\\)$`),
    );
  expect(warnings).toEqual(["frehs", "odl"].map((name) => ({ code: "filter-failed", message: told("utility", name) })));
  const turned = ["tradeoff", "solved.json", "--knob", "candidates.0.n", "--values", "20,60"];
  const { warnings: measured } = await answer<{ warnings: object[] }>(folder, ...turned);
  const message = told("rerank.0.utility", "frehs");
  expect(measured).toContainEqual({ code: "filter-failed", message });
  expect((await penchant(folder, "evaluate", "solved.json")).stdout).toMatch(
    /! rerank\.0\.utility: item\.odl is true of none/,
  );
});

test("of a pipeline of several models and stages, also of deployed ones, which answer by what was deployed", async () => {
  await answer(folder, "train", "bpr-mf", "--epochs", "2", "--run", "mf");
  await answer(folder, "deploy", "mf", "--as", "front");
  await answer(folder, "remove", "run", "mf");
  const page = {
    candidates: [
      { from: "taste", n: 40 },
      { from: "popular", n: 20 },
      { from: "front", n: 30 },
    ],
    filter: ["seen", 'item.seller != "s2"'],
    rank: "front",
    rerank: [{ mmr: { lambda: 0.9 } }, { utility: { value: "margin", rules: [rules[0], { relevance: 0.5 }] } }],
    k: 5,
  };
  write("several.json", page);
  const solved = await answer<Solved>(folder, "utility", "solve", "several.json", "--output", "several.json");
  expect(solved.rules.map(({ rule }) => rule)).toEqual(["item.fresh", "relevance"]);
  expect(solved.rules[0]?.reached).toBeGreaterThanOrEqual(0.25 - 1e-9);
  expect(solved.value.gap).toBeLessThan(0.05);
  const server = await startServer(folder, "--pipeline", "several.json");
  const served = await server.post("/v1/recommend", { user: "user-2", pipeline: "several", trace: true });
  const { page: offline } = await answer<{ page: { items: { item: string }[] } }>(
    folder,
    ...["page", "several.json", "--user", "user-2"],
  );
  expect(served.body.items.map(({ item }: { item: string }) => item)).toEqual(offline.items.map(({ item }) => item));
  const { stages } = served.body;
  expect(stages.map(({ stage }: { stage: string }) => stage)).toContain("rerank.1.utility");
});

test("rules that no page can keep are refused, with what comes nearest; so is a pipeline without any", async () => {
  write("greedy.json", pipeline({ rules: [{ filter: "item.fresh", atLeast: 0.9 }, { relevance: 0.99 }] }));
  const refused = await failure(folder, ["utility", "solve", "greedy.json", "--output", "out.json"]);
  expect(refused.message).toContain("at least");
  write("none.json", { candidates: [{ from: "taste", n: 9 }] });
  expect((await failure(folder, ["utility", "solve", "none.json"])).message).toContain("no step utility");
});

test("a server moves paced prices with what it shows, and tells them", async () => {
  const unsold = { filter: "item.fresh", atLeast: 0.4, price: 0 };
  write("paced.json", pipeline({ rules: [unsold], pace: 0.02 }));
  const server = await startServer(folder, "--pipeline", "paced.json");
  for (let i = 1; i <= 120; i++) {
    const { status } = await server.post("/v1/recommend", { user: `user-${1 + (i % 40)}`, pipeline: "paced" });
    expect(status).toBe(200);
  }
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const gauge = (name: string) =>
    Number(new RegExp(`^${name}{pipeline="paced",rule="item.fresh"} (.*)$`, "m").exec(text)?.[1]);
  expect(gauge("penchant_utility_price")).toBeGreaterThan(0);
  expect(gauge("penchant_utility_reached")).toBeGreaterThan(0.2);
});
