import { describe, expect, test } from "vitest";
import { askerOf } from "../../test/support/asker.ts";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender } from "../retrieve/index.ts";
import type { Fields } from "../store/index.ts";
import { type Page, parsePipeline, runPipeline } from "./index.ts";

const { items: ids } = tinyArtifact();
const recommender = createRecommender(tinyArtifact(), engine);
const [first = "", second = "", third = "", fourth = "", fifth = ""] = ids;
const table = new Map<string, Fields>([
  [first, { genre: "spy", time: 100 * 86_400 }],
  [second, { genre: "spy", time: 99 * 86_400, tags: ["a", "b"] }],
  [third, { genre: "war", time: 50 * 86_400, tags: ["b"] }],
  [fourth, { genre: "war", available: false, time: 1e9 }],
  [fifth, { genre: "love", time: 0 }],
]);
const asker = (who: string, models = { tiny: recommender, other: recommender }) =>
  askerOf(models, who, table, { now: 100 * 86_400, user: { budget: 3 }, ids });
const page = (pipeline: object, who = "zoe", request = {}): Promise<Page> =>
  runPipeline(parsePipeline(pipeline), asker(who), request);
const listed = ({ items }: Page): string[] => items.map(({ item }) => item);
const TINY = { candidates: [{ from: "tiny", n: 9 }] };

test("one source and no steps is what the model says", async () => {
  const direct = await recommender.recommend("anna", { k: 4 });
  const { items, method, known } = await page({ ...TINY, k: 4 }, "anna");
  expect(items.map(({ item, score }) => ({ item, score }))).toEqual(direct.items);
  expect([method, known]).toEqual(["model", true]);
  expect(items[0]).toMatchObject({ from: { tiny: 1 }, places: [{ stage: "candidates", place: 1 }] });
});

test("a model ranks what others gave", async () => {
  const ranked = await page({ candidates: [{ from: "popular", n: 4 }], rank: "tiny" }, "anna");
  const popular = listed(
    await page(
      {
        candidates: [
          { from: "popular", n: 4 },
          { from: "tiny", n: 1 },
        ],
      },
      "anna",
    ),
  );
  const scores = ranked.items.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(ranked.items.every(({ item }) => popular.includes(item))).toBe(true);
  expect(ranked.stages.map(({ stage, items }) => [stage, items])).toEqual([
    ["candidates", 4],
    ["rank", 4],
  ]);
});

test("sources are merged by the sum of reciprocal places, or in turn", async () => {
  const sources = [
    { from: "tiny", n: 3 },
    { from: "popular", n: 3 },
    { from: "fresh", n: 2, field: "time" },
  ];
  const fused = await page({ candidates: sources }, "anna");
  for (const { score, from } of fused.items) {
    const places = Object.values(from) as number[];
    expect(score).toBeCloseTo(
      places.reduce((sum, place) => sum + 1 / (60 + place), 0),
      12,
    );
  }
  const turns = await page({ candidates: sources, merge: "quota", filter: [] });
  expect(turns.items[0]?.from).toMatchObject({ tiny: 1 });
  expect(turns.items.find(({ item }) => item === first)?.from).toMatchObject({ fresh: 1 });
  expect(listed(turns)).not.toContain(fourth); // the latest, but not available
});

test("related items are those that a field of what the person likes names, by their places there", async () => {
  const past = await recommender.past("anna");
  const [liked = "", other = ""] = past;
  expect(past.length).toBeGreaterThan(1);
  const unmet = ids.filter((id) => !past.includes(id) && id !== fourth);
  const [one = "", two = "", three = ""] = unmet;
  const fields = new Map<string, Fields>([
    [liked, { also: [one, two, "nothing that a model knows"] }],
    [other, { also: [two, liked, fourth] }],
    [fourth, { available: false }],
    [three, { also: [three] }],
  ]);
  const related = askerOf({ tiny: recommender }, "anna", fields, { ids });
  const pipeline = parsePipeline({
    candidates: [
      { from: "tiny", n: 1 },
      { from: "related", n: 9, field: "also" },
    ],
  });
  const { items } = await runPipeline(pipeline, related);
  const found = items.filter(({ from }) => "related" in from);
  expect(found.map(({ item, from }) => [item, from["related"]]).sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual([
    [two, 1], // named twice
    [one, 2],
  ]);
});

test("filters are inside the search of every source", async () => {
  const filter = ["seen", 'item.genre != "spy"', "user.budget == 3"];
  expect(listed(await page({ ...TINY, filter }, "zoe")).sort()).toEqual([third, fifth].sort());
  const seen = await page(
    {
      candidates: [
        { from: "tiny", n: 9 },
        { from: "fresh", n: 9, field: "time" },
      ],
    },
    "anna",
  );
  expect(listed(seen)).not.toContain(first); // anna has met it
  expect(listed(await page({ ...TINY, filter: [] }, "anna"))).toContain(first);
  expect(listed(await page(TINY, "zoe", { only: [fifth, second] })).sort()).toEqual([fifth, second].sort());
});

describe("steps", () => {
  const step = (...rerank: object[]) => page({ ...TINY, filter: [], rerank, k: 4 });

  test("adjust scores", async () => {
    expect(listed(await step({ boost: { filter: 'item.genre == "love"', by: 5 } }))[0]).toBe(fifth);
    expect(listed(await step({ freshness: { field: "time", halfLife: 1, weight: 1 } })).slice(0, 2)).toEqual([
      first,
      second,
    ]);
  });

  test("choose for diversity, by vectors or by a field", async () => {
    const plain = await step();
    for (const name of ["mmr", "msd", "dpp"]) {
      expect(listed(await step({ [name]: { lambda: 1 } }))).toEqual(listed(plain));
      expect(listed(await step({ [name]: { lambda: 0.01 } }))).not.toEqual(listed(plain));
      expect((await step({ [name]: { lambda: 0.01, field: "genre" } })).items).toHaveLength(4);
    }
    expect(listed(await step({ ssd: { gamma: 0 } }))).toEqual(listed(plain));
    const genres = listed(await step({ xquad: { field: "genre", lambda: 0 } })).map(
      (item) => table.get(item)?.["genre"],
    );
    expect(new Set(genres.slice(0, 3))).toEqual(new Set(["spy", "war", "love"]));
    expect((await step({ calibrate: { field: "genre" } })).items).toHaveLength(4);
    expect((await step({ calibrate: { field: "genre", method: "flow" } })).items).toHaveLength(4);
  });

  test("place", async () => {
    const capped = await step({ caps: { field: "genre", most: 1 } });
    const genres = listed(capped).flatMap((item) => table.get(item)?.["genre"] ?? []);
    expect(new Set(genres).size).toBe(genres.length);
    const last = ids.at(-1) ?? "";
    expect(listed(await step({ pins: [{ item: last, place: 2 }] }))[1]).toBe(last);
    const few = await page({
      candidates: [{ from: "tiny", n: 2 }],
      filter: [],
      rerank: [{ pins: [{ item: last, place: 1 }] }],
    });
    expect(few.items[0]).toMatchObject({ item: last, from: {} });
    const fair = await step({ fair: { filter: 'item.genre == "love"', share: 0.9 } });
    expect(listed(fair)).toContain(fifth);
  });

  test.each([
    ["mmr", { field: "nothing", lambda: 0.1 }, "value"],
    ["ssd", { field: "nothing" }, "value"],
    ["xquad", { field: "nothing" }, "value"],
    ["calibrate", { field: "nothing", method: "flow" }, "value"],
    ["caps", { field: "nothing", most: 1 }, "value"],
    ["freshness", { field: "nothing", halfLife: 1 }, "time"],
    ["utility", { value: "nothing", rules: [{ relevance: 0.1, price: 0 }] }, "number"],
  ])("%s by a field that no candidate of the page has does nothing, and says so", async (name, settings, what) => {
    const [plain, found] = [await step(), await step({ [name]: settings })];
    if (name !== "utility") expect(listed(found)).toEqual(listed(plain));
    expect(found.items).toHaveLength(plain.items.length);
    expect(found.warnings).toContainEqual({
      code: "rule-idle",
      message: expect.stringMatching(
        `^rerank\\.0\\.${name}: none of \\d+ candidates has a ${what} in the field "nothing"`,
      ),
    });
  });

  test.each([
    [{ nope: {} }, "rerank.0 of the pipeline does not fit: expected one of boost, freshness,"],
    [{ mmr: {}, msd: {} }, "rerank.0 of the pipeline does not fit: expected one of boost,"],
    [5, "rerank.0 of the pipeline does not fit: expected one of boost,"],
    [{ mmr: { lambda: 2 } }, "rerank.0.mmr.lambda of the pipeline does not fit: expected 1: by score alone"],
    [
      { mmr: { lamda: 0.2 } },
      "rerank.0.mmr.lamda of the pipeline does not fit: expected one of the fields lambda, field",
    ],
    [{ pins: [{ item: "a", place: 0 }] }, "rerank.0.pins.0.place of the pipeline does not fit"],
  ])("%j, which is none, is told apart from what it may have meant", async (one, message) => {
    await expect(async () => step(one as object)).rejects.toThrow(message);
  });

  test("choose by the sets of a field as by vectors, with ssd too", async () => {
    const alike = await step({ ssd: { field: "genre", gamma: 100, window: 2 } });
    const genres = listed(alike).map((item) => String(table.get(item)?.["genre"]));
    expect(genres[0]).not.toBe(genres[1]);
  });

  test("that need what is not there are refused", async () => {
    await expect(step({ boost: { filter: "item.", by: 1 } })).rejects.toMatchObject({ code: "CONFIG_FILTER" });
  });
});

describe("what became of an item", () => {
  const fate = async (item: string, pipeline: object, request = {}, who = "zoe") =>
    (await page(pipeline, who, { ...request, explain: [item] })).fates?.[0];
  const k2 = { ...TINY, filter: [], k: 2 };

  test("before the sources", async () => {
    expect(await fate("nothing", TINY)).toMatchObject({ stage: "unknown" });
    expect(await fate(fourth, TINY)).toMatchObject({ stage: "hidden" });
    expect(await fate(first, { ...TINY, filter: ['item.genre == "war"'] })).toMatchObject({
      stage: "filter",
      why: 'it does not pass item.genre == "war"',
    });
    expect(await fate(first, TINY, { only: [second] })).toMatchObject({ stage: "filter" });
    expect(await fate(first, TINY, {}, "anna")).toMatchObject({ stage: "seen" });
  });

  test("among the sources, in ranking and on the page", async () => {
    const order = listed(await page({ ...TINY, filter: [], k: 9 }));
    const [best = "", , middle = ""] = order;
    expect(await fate(best, k2)).toMatchObject({ stage: "listed", place: 1 });
    expect(await fate(middle, k2)).toMatchObject({ stage: "candidates", place: 3 });
    expect(await fate(middle, { candidates: [{ from: "tiny", n: 2 }], filter: [] })).toMatchObject({
      stage: "candidates",
      why: "tiny has it at 3, and gives 2",
    });
    expect(await fate(middle, { ...k2, rank: "tiny" })).toMatchObject({
      stage: "rank",
      why: "ranked at 3, and the page has 2",
    });
  });

  test("in steps: the one that moved it behind the page", async () => {
    const [, next = ""] = listed(await page({ ...TINY, filter: [], k: 9 }));
    const pins = [
      { item: fifth, place: 1 },
      { item: ids.at(-1), place: 2 },
    ];
    const rerank = [{ mmr: { lambda: 1 } }, { pins }];
    expect(await fate(next, { ...k2, rank: "tiny", rerank })).toMatchObject({ stage: "rerank.1.pins" });
  });
});

test.each([
  [{}],
  [{ candidates: [] }],
  [{ candidates: [{ from: "tiny" }] }],
  [{ candidates: [{ from: "tiny", n: 0 }] }],
  [{ ...TINY, rerank: [{ mmr: { lambda: 2 } }] }],
  [{ ...TINY, rerank: [{ mmr: {}, msd: {} }] }],
  [{ ...TINY, rerank: [{ mrr: {} }] }],
  [{ ...TINY, sort: true }],
])("%j is no pipeline", (pipeline) => {
  expect(() => parsePipeline(pipeline)).toThrow(expect.objectContaining({ code: "CONFIG_PIPELINE" }));
});

test("a pipeline has to ask a model", async () => {
  await expect(page({ candidates: [{ from: "popular", n: 3 }] })).rejects.toMatchObject({ code: "CONFIG_PIPELINE" });
});

test("each rule says what it cost: the mean score of the page, of scores from 0 to 1 before all rules", async () => {
  const rules = {
    rerank: [{ boost: { filter: "item.genre == 'love'", by: 9 } }, { caps: { field: "genre", most: 1 } }],
  };
  const plain = await page({ ...TINY, k: 9 });
  const scores = plain.items.map(({ score }) => score);
  const [most, least] = [Math.max(...scores), Math.min(...scores)];
  const byItem = new Map(plain.items.map(({ item, score }) => [item, (score - least) / (most - least)]));
  const worth = (items: readonly string[]) =>
    items.reduce((sum, item) => sum + (byItem.get(item) ?? 0), 0) / items.length;
  const [before, boosted, capped] = await Promise.all(
    [[], rules.rerank.slice(0, 1), rules.rerank].map((rerank) => page({ ...TINY, rerank, k: 3 })),
  );
  const values = [before, boosted, capped].map((one) => worth(listed(one as Page)));
  const costs = (capped as Page).stages.map(({ cost }) => cost);
  expect(costs).toEqual([
    undefined,
    expect.closeTo((values[0] as number) - (values[1] as number), 12),
    expect.closeTo((values[1] as number) - (values[2] as number), 12),
  ]);
  expect(costs[1]).toBeGreaterThan(0);
});

test("a filter that lets nothing pass, and cannot be evaluated, is refused; an item that it cannot be evaluated of says so", async () => {
  const slip = { ...TINY, filter: ['item.gnere == "spy"'] };
  await expect(page(slip)).rejects.toMatchObject({ code: "CONFIG_FILTER", message: expect.stringContaining("gnere") });
  const { fates } = await page({ ...TINY, filter: ["item.time > 1.0"] }, "zoe", { explain: [fifth, ids[6]] });
  expect(fates).toEqual([
    { item: fifth, stage: "filter", why: "it does not pass item.time > 1.0" },
    { item: ids[6], stage: "filter", why: "item.time > 1.0 cannot be evaluated of it: No such key: time" },
  ]);
  expect((await page({ ...TINY, filter: ["item.time < 0.0"], k: 3 }).catch((error) => error)).code).toBe(
    "CONFIG_FILTER",
  );
});

test("a rule whose condition can be evaluated of no candidate says so; one that is merely true of none says nothing", async () => {
  const slips = [{ boost: { filter: "item.gnere == 1", by: 1 } }, { fair: { filter: "item.nwe == true", share: 0.5 } }];
  const { warnings } = await page({ ...TINY, rerank: slips, k: 3 });
  expect(warnings).toEqual([
    {
      code: "filter-failed",
      message: expect.stringMatching(/^rerank\.0\.boost: item\.gnere == 1 is true of none of \d .*gnere\.$/),
    },
    { code: "filter-failed", message: expect.stringMatching(/^rerank\.1\.fair: .*nwe/) },
  ]);
  const idle = [
    { freshness: { field: "tme", halfLife: 3 } },
    { caps: { field: "gnere", most: 1 } },
    { pins: [{ item: "no such item", place: 1 }] },
  ];
  const candidates = [
    ...TINY.candidates,
    { from: "fresh", n: 3, field: "tme" },
    { from: "related", n: 3, field: "tgas" },
  ];
  const { warnings: said } = await page({ candidates, filter: [], rerank: idle, k: 3 }, "anna");
  expect(said).toEqual(
    [
      'fresh: no item has a time in the field "tme".',
      'related: no item has a field "tgas".',
      'rerank.0.freshness: none of 9 candidates has a time in the field "tme".',
      'rerank.1.caps: none of 9 candidates has a value in the field "gnere".',
      'rerank.2.pins: tiny knows no item "no such item", which is not shown.',
    ].map((message) => ({ code: "rule-idle", message: message.replace("none of 9", "none of 8") })),
  );
  const none = { boost: { filter: 'has(item.genre) && item.genre == "no such"', by: 1 } };
  expect((await page({ ...TINY, rerank: [none], k: 3 })).warnings).toBeUndefined();
});
