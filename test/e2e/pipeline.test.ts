import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";
import { startServer } from "./server.ts";

let folder = "";
const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
const home = {
  candidates: [
    { from: "ease", n: 20 },
    { from: "popular", n: 5 },
  ],
  rank: "taste",
  filter: ["seen", 'item.genre != "horror"'],
  rerank: [{ mmr: { lambda: 0.5 } }, { caps: { field: "genre", most: 2 } }],
  k: 5,
};

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--epochs", "2", "--run", "taste");
  await answer(folder, "train", "ease", "--run", "ease");
  const genres = ["drama", "crime", "horror", "comedy"];
  const lines = Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({ item: `film-${i + 1}`, genre: genres[i % 4], n: i }),
  );
  write("items.jsonl", lines.join("\n"));
  write("home.json", home);
  expect(await answer(folder, "items", "items.jsonl")).toEqual({ items: 60, fields: ["genre", "n"] });
});

interface Asked {
  readonly page: { readonly items: { readonly item: string }[]; readonly fates: { item: string; stage: string }[] };
}
const genreOf = (item: string): number => (Number(item.replace("film-", "")) - 1) % 4;

test("a page keeps the rules, and says what became of others", async () => {
  const asked = ["page", "home.json", "--user", "user-1", "--explain", "film-3", "--explain", "nothing"];
  const { page } = await answer<Asked>(folder, ...asked);
  expect(page.items).toHaveLength(5);
  expect(page.items.filter(({ item }) => genreOf(item) === 2)).toEqual([]);
  for (const genre of [0, 1, 3])
    expect(page.items.filter(({ item }) => genreOf(item) === genre).length).toBeLessThan(3);
  expect(page.fates).toMatchObject([
    { item: "film-3", stage: "filter" },
    { item: "nothing", stage: "unknown" },
  ]);
  const text = (await penchant(folder, ...asked)).stdout;
  expect(text).toContain("it does not pass");
});

test("a condition of which nothing is known is an error, and no empty page or table of zeros", async () => {
  write("slip.json", { ...home, filter: ["item.available != false"] });
  for (const command of [
    ["page", "slip.json", "--user", "user-1"],
    ["evaluate", "slip.json"],
  ]) {
    const { code, message } = await failure(folder, command);
    expect([code, message]).toEqual(["CONFIG_FILTER", expect.stringContaining("No such key: available")]);
  }
});

test("is drawn, as an image and as a flowchart", async () => {
  const { mermaid, files } = await answer<{ mermaid: string; files: string[] }>(
    folder,
    ...["pipeline", "diagram", "home.json", "--svg", "home.svg"],
  );
  expect(files).toEqual(["home.svg"]);
  expect(readFileSync(join(folder, "home.svg"), "utf8")).toMatch(/^<svg .*taste/s);
  expect((await penchant(folder, "pipeline", "diagram", "home.json")).stdout).toBe(mermaid);
  expect((await failure(folder, ["pipeline", "diagram", "none.json"])).code).toBe("DATA_FILE_MISSING");
});

test("the server gives the same page", async () => {
  const { page } = await answer<Asked>(folder, "page", "home.json", "--user", "user-2");
  const server = await startServer(folder, "--pipeline", "home.json");
  const { body } = await server.post("/v1/recommend", { user: "user-2", pipeline: "home" });
  expect(body.items.map(({ item }: { item: string }) => item)).toEqual(page.items.map(({ item }) => item));
  expect((await server.get("/v1/models")).body.models.map(({ name }: { name: string }) => name)).toEqual([
    "taste",
    "ease",
  ]);
  server.child.kill("SIGKILL");
});

interface Measured {
  readonly protocols: { readonly metrics: Record<string, { readonly value: number }> }[];
  readonly distance: number;
  readonly without?: Measured;
}

test("is measured as a run is: without rules, a pipeline of one run is that run", async () => {
  write("plain.json", { candidates: [{ from: "taste", n: 10 }] });
  const pipeline = await answer<Measured>(folder, "evaluate", "plain.json");
  const run = await answer<Measured>(folder, "evaluate", "taste", "--protocol", "full");
  for (const label of ["hr@10", "ndcg@10", "mrr@10"]) {
    expect(pipeline.protocols[0]?.metrics[label]).toEqual(run.protocols[0]?.metrics[label]);
  }
  expect(pipeline.without).toBeUndefined();
});

test("diversity costs and brings what the evaluation says", async () => {
  write("varied.json", { candidates: [{ from: "taste", n: 40 }], rerank: [{ mmr: { lambda: 0.1 } }] });
  const { distance, without } = await answer<Measured>(folder, "evaluate", "varied.json");
  expect(distance).toBeGreaterThan(without?.distance ?? 2);
  expect((await penchant(folder, "evaluate", "varied.json")).stdout).toContain("without rerank");
});

test("the features of a data set become fields that filters read, and what is no field is said", async () => {
  const own = await clubFolder();
  const lines = Array.from({ length: 60 }, (_, i) => [
    `film-${i + 1}`,
    i % 2 ? "drama|crime" : "comedy",
    `${i + 1}.50 EUR`,
    `2015-11-${10 + (i % 15)}`,
    i === 0 ? "x".repeat(5000) : `t ${i}`,
  ]);
  const table = [["id", "genres", "price", "released", "plot"], ...lines].map((row) => row.join("\t")).join("\n");
  writeFileSync(join(own, "films.tsv"), table);
  expect(await failure(own, ["items", "--data", "ratings"])).toMatchObject({ code: "FEATURE_MISSING" });
  await answer(own, "features", "ratings", "--items", "films.tsv", "--kind", "plot=text,price=price");
  expect(await answer(own, "items", "--data", "ratings")).toEqual({
    items: 60,
    fields: ["genres", "plot", "price", "released"],
    leftOut: [expect.stringContaining("plot of 1 items")],
  });
  await answer(own, "train", "bpr-mf", "--epochs", "1", "--run", "taste");
  const filter = ["item.genres.exists(g, g == 'crime') && item.price < 20 && item.released >= 1447113600"];
  writeFileSync(join(own, "home.json"), JSON.stringify({ candidates: [{ from: "taste", n: 60 }], filter, k: 5 }));
  const { page } = await answer<Asked>(own, "page", "home.json", "--user", "user-1");
  const shown = page.items.map(({ item }) => Number(item.replace("film-", "")));
  expect(shown).toHaveLength(5);
  expect(shown.filter((n) => n % 2 === 1 || n > 19)).toEqual([]); // prices are n.50
  for (const args of [["items"], ["items", "films.tsv", "--data", "ratings"]]) {
    expect(await failure(own, args, 2)).toMatchObject({ code: "USAGE_ARGUMENTS" });
  }
});

test("what is wrong is said", async () => {
  write("broken.json", "{");
  write("other.json", { candidates: [{ from: "tast", n: 5 }] });
  write("items-2.jsonl", '{"item": "film-1", "genre": "drama"}\n{"item": "film-2", "genre": {"a": 1}}');
  for (const [code, ...args] of [
    ["DATA_FILE_MISSING", "page", "nothing.json", "--user", "user-1"],
    ["CONFIG_PIPELINE", "page", "broken.json", "--user", "user-1"],
    ["WORKSPACE_UNKNOWN", "page", "other.json", "--user", "user-1"],
    ["WORKSPACE_UNKNOWN", "evaluate", "other.json"],
    ["DATA_ID", "page", "home.json"],
    ["DATA_MALFORMED", "items", "items-2.jsonl"],
    ["CONFIG_VALUE", "evaluate", "home.json", "--protocol", "sampled-99"],
  ] as const) {
    expect([args, (await failure(folder, [...args])).code]).toEqual([args, code]);
  }
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--run", "final", "--final");
  write("final.json", { candidates: [{ from: "final", n: 5 }] });
  expect((await failure(folder, ["evaluate", "final.json"])).code).toBe("EVAL_EMPTY");
  write("mixed.json", { candidates: [{ from: "final", n: 5 }], rank: "taste" });
  expect((await failure(folder, ["evaluate", "mixed.json"])).code).toMatch(/EVAL_(EMPTY|UNPAIRED)/);
});

test("candidates by index: built, checked, damaged, and asked for where there is none", async () => {
  write("by-index.json", { candidates: [{ from: "taste", n: 20, index: true }], k: 5 });
  write("exact.json", { candidates: [{ from: "taste", n: 20 }], k: 5 });
  expect(await failure(folder, ["page", "by-index.json", "--user", "user-1"])).toHaveProperty("code", "INDEX_MISSING");
  expect(await failure(folder, ["index", "check", "taste"])).toHaveProperty("code", "INDEX_MISSING");
  const made = await answer<{ recall: number; ms: object }>(folder, "index", "build", "taste", "-k", "20");
  expect(made.recall).toBeGreaterThanOrEqual(0.95);
  expect(await answer(folder, "index", "check", "taste")).toEqual({ ...made, ms: expect.anything() });
  expect(await failure(folder, ["index", "build", "ease"])).toHaveProperty("code", "INDEX_MISSING");
  // far more is looked at than the page needs, so that it is that of the exact search
  const pages = ["by-index.json", "exact.json"].map((file) => answer<Asked>(folder, "page", file, "--user", "user-1"));
  const [found, exact] = await Promise.all(pages);
  expect(found?.page.items.map(({ item }) => item)).toEqual(exact?.page.items.map(({ item }) => item));
  const file = join(folder, ".penchant", "runs", "taste", "index.safetensors");
  const [sound, damaged] = [readFileSync(file), readFileSync(file)];
  writeFileSync(file, damaged.fill(7, damaged.length - 3));
  expect(await failure(folder, ["index", "check", "taste"])).toHaveProperty("code", "INDEX_CORRUPT");
  writeFileSync(file, sound);
});

test("a knob is turned: the pipeline as it is has the figures of its evaluation, and a picture is drawn", async () => {
  interface Turned {
    readonly measures: readonly string[];
    readonly points: readonly { readonly value: number; readonly metrics: Record<string, { value: number }> }[];
  }
  const asked = ["tradeoff", "home.json", "--knob", "rerank.mmr.lambda", "--values", "0,0.5,1"];
  const more = ["--calibration", "genre", "--utility", "n", "--output", "home.svg"];
  const turned = await answer<Turned>(folder, ...asked, ...more);
  expect(turned.measures).toEqual(["ndcg@5", "distance", "tail", "miscalibration genre", "mean n"]);
  expect(turned.points.map(({ value }) => value)).toEqual([0, 0.5, 1]);
  const of = (place: number, name: string) => turned.points[place]?.metrics[name]?.value ?? Number.NaN;
  expect(of(0, "distance")).toBeGreaterThan(of(2, "distance"));
  const whole = await answer<{ protocols: readonly { metrics: Record<string, { value: number }> }[] }>(
    folder,
    "evaluate",
    "home.json",
  );
  expect(of(1, "ndcg@5")).toBeCloseTo(whole.protocols[0]?.metrics["ndcg@5"]?.value ?? Number.NaN, 12);
  const picture = readFileSync(join(folder, "home.svg"), "utf8");
  expect(picture).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(picture.match(/<circle/g)).toHaveLength(3 * 4);
  for (const [knob, value] of [
    ["rerank.msd.lambda", "1"],
    ["rerank.mmr.lambda", "2"],
    ["__proto__.k", "1"],
    ["k.k", "1"],
  ] as const) {
    const wrong = ["tradeoff", "home.json", "--knob", knob, "--values", value];
    expect([knob, (await failure(folder, wrong)).code]).toEqual([knob, "CONFIG_PIPELINE"]);
  }
});

test("related items are computed once, put beside what is known, and a source", async () => {
  const k = ["-k", "5"];
  const written = await answer(folder, "similar", "ease", "--all", "--output", "related.jsonl", ...k);
  expect(written).toMatchObject({ run: "ease", field: "related" });
  const lines = readFileSync(join(folder, "related.jsonl"), "utf8").trimEnd().split("\n");
  const [line = ""] = lines;
  const { item, related } = JSON.parse(line) as { item: string; related: string[] };
  const direct = await answer<{ items: { item: string }[] }>(folder, "similar", "ease", "--item", item, ...k);
  expect(related).toEqual(direct.items.map((one) => one.item));
  expect(await answer(folder, "items", "related.jsonl", "--patch")).toEqual({
    items: lines.length,
    fields: ["related"],
  });
  write("related.json", {
    candidates: [{ from: "related", n: 30, field: "related" }],
    rank: "ease",
    filter: ["seen", 'item.genre != "horror"'], // known from before
    k: 5,
  });
  const { page } = await answer<Asked>(folder, "page", "related.json", "--user", "user-1");
  expect(page.items).toHaveLength(5);
  expect(page.items.filter((one) => genreOf(one.item) === 2)).toEqual([]);
  expect((await failure(folder, ["similar", "ease", "--all"], 2)).code).toBe("USAGE_ARGUMENTS");
  expect((await failure(folder, ["similar", "ease"], 2)).code).toBe("USAGE_ARGUMENTS");
});

test.each(["wide-deep", "deepfm"])("%s ranks what another model found, by features too", async (model) => {
  const films = Array.from(
    { length: 60 },
    (_, i) => `film-${i + 1},${["drama", "crime", "horror"][i % 3]},${1950 + i}`,
  );
  write("films.csv", ["film,kind,year", ...films].join("\n"));
  await answer(folder, "features", "ratings", "--items", "films.csv");
  const wide = model === "wide-deep" ? ["--set", "buckets=4096"] : [];
  await answer(folder, "train", model, "--epochs", "2", "--run", model, "--set", "hidden=8", ...wide);
  write("ranked.json", { candidates: [{ from: "ease", n: 12 }], rank: model, k: 12 });
  const { page } = await answer<Asked>(folder, "page", "ranked.json", "--user", "user-3");
  const found = await answer<Asked["page"]>(folder, "recommend", "ease", "--user", "user-3", "-k", "12");
  const names = page.items.map(({ item }) => item);
  expect(names.toSorted()).toEqual(found.items.map(({ item }) => item).toSorted());
  write("pairs.csv", ["user,item", ...names.map((item) => `user-3,${item}`)].join("\n"));
  const { scores } = await answer<{ scores: { item: string; score: number }[] }>(
    folder,
    ...["score", model, "--pairs", "pairs.csv"],
  );
  expect(names).toEqual(scores.toSorted((a, b) => b.score - a.score).map(({ item }) => item));
  expect(names).not.toEqual(found.items.map(({ item }) => item));
});
