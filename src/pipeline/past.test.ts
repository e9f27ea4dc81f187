import { describe, expect, test } from "vitest";
import { askerOf } from "../../test/support/asker.ts";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import type { Artifact } from "../artifact/types.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender } from "../retrieve/index.ts";
import { type Asker, parsePipeline, runPipeline } from "./index.ts";

/** anna learned items 0 to 3 with the values 5, 4, 3, 1, and met 5 and 8 besides, with 4 and 1. */
const kinds = {
  view: { offsets: Int32Array.of(0, 6, 6, 6, 6), items: Int32Array.of(0, 1, 2, 3, 5, 8) },
  purchase: { offsets: Int32Array.of(0, 2, 2, 2, 2), items: Int32Array.of(1, 5) },
};
const ids = tinyArtifact().items;
const id = (...places: number[]) => places.map((place) => ids[place] as string).sort();
const recommenderOf = (changes: Partial<Artifact> = {}) =>
  createRecommender({ ...tinyArtifact(), unlearned: tinyUnlearned, ...changes }, engine);
const withKinds = recommenderOf({ kinds });
const TINY = { candidates: [{ from: "tiny", n: 9 }], k: 9 };

async function left(filter: unknown[], tiny = withKinds, since: Asker["since"] = new Map(), who = "anna") {
  const asker = askerOf({ tiny }, who, new Map(), { ids, since });
  const page = await runPipeline(parsePipeline({ ...TINY, filter }), asker, { explain: ids });
  const listed = new Set(page.items.map(({ item }) => item));
  return {
    out: ids.filter((item) => !listed.has(item)).sort(),
    stages: Object.fromEntries((page.fates ?? []).map(({ item, stage, why }) => [item, [stage, why]])),
    warnings: (page.warnings ?? []).map(({ code, message }) => `${code}: ${message}`),
  };
}

describe("what a run knows", () => {
  test("bought, met by other kinds, disliked and rated low are left out, each alone", async () => {
    expect((await left([])).out).toEqual([]);
    expect((await left(["seen"])).out).toEqual(id(0, 1, 2, 3, 5, 8));
    expect((await left(["bought"])).out).toEqual(id(1, 5));
    expect((await left([{ met: ["purchase", "view"] }])).out).toEqual(id(0, 1, 2, 3, 5, 8));
    expect((await left([{ ratedBelow: 3 }])).out).toEqual(id(3, 8));
    expect((await left([{ ratedBelow: 4 }])).out).toEqual(id(2, 3, 8));
    expect((await left(["bought", { ratedBelow: 3 }])).out).toEqual(id(1, 3, 5, 8));
    expect((await left(["bought"], withKinds, new Map(), "007")).out).toEqual([]);
    expect((await left(["bought"], withKinds, new Map(), "nobody of the run")).out).toEqual([]);
  });

  test("explanations name the filter, and a short page how much each left out", async () => {
    const { stages, warnings } = await left(["bought", { ratedBelow: 3 }]);
    const [one = "", three = "", zero = ""] = [ids[1], ids[3], ids[0]];
    expect(stages[one]).toEqual(["bought", "the person has bought it"]);
    expect(stages[three]).toEqual(["ratedBelow", "the person disliked it, or rated it below 3"]);
    expect(stages[zero]?.[0]).toBe("listed");
    expect(warnings).toEqual([
      "short-list: 5 of 9 items: the sources gave no more, or filters left no more (bought leaves out 2, ratedBelow leaves out 2).",
    ]);
    expect((await left([{ met: ["purchase"] }])).stages[one]).toEqual(["met", "the person has met it by purchase"]);
  });

  test("dislikes are values below 0, or below what --dislikes-below said", async () => {
    const history = { ...tinyArtifact().history, values: Float32Array.of(1, 1, -2, 1, 1, 1, 1, 1, 1, 1) };
    expect((await left(["disliked"], recommenderOf({ history }))).out).toEqual(id(2));
    const { metadata } = tinyArtifact();
    const split = { ...metadata.split, threshold: 4, dislikesBelow: 3 };
    const judged = recommenderOf({
      metadata: { ...metadata, split },
      history: { offsets: Int32Array.of(0, 2, 2, 2, 2), items: Int32Array.of(0, 1) },
      unlearned: {
        offsets: Int32Array.of(0, 4, 4, 4, 4),
        items: Int32Array.of(2, 3, 5, 8),
        values: Float32Array.of(3, 1, 5, 2),
      },
    });
    const { out, stages, warnings } = await left(["disliked"], judged);
    expect(out).toEqual(id(3, 8));
    expect(stages[ids[3] as string]).toEqual(["disliked", "the person dislikes it"]);
    expect(warnings).toEqual([expect.stringMatching(/^short-list: 7 of 9 .*disliked leaves out 2/)]);
    expect((await left([{ ratedBelow: 4 }], judged)).out).toEqual(id(2, 3, 8));
    expect((await left([{ ratedBelow: 5 }], judged)).warnings[0]).toBe(
      "filter-blind: ratedBelow: tiny was trained with --threshold 4, and keeps no values from there on: what was rated from 4 to below 5 until then is not left out.",
    );
  });
});

describe("what was done since", () => {
  const since: Asker["since"] = new Map([
    [ids[6] as string, { types: ["purchase"], opinion: undefined }],
    [ids[4] as string, { types: ["view", "dislike"], opinion: Number.NEGATIVE_INFINITY }],
    [ids[3] as string, { types: ["rating"], opinion: 5 }],
    [ids[0] as string, { types: ["rating"], opinion: 2 }],
    [ids[7] as string, { types: ["skip"], opinion: undefined }],
  ]);

  test("counts too, and of opinions the last", async () => {
    expect((await left(["bought"], withKinds, since)).out).toEqual(id(1, 5, 6));
    expect((await left([{ met: ["skip"] }], withKinds, since)).out).toEqual(id(7));
    // 3 was rated 1 before, and 5 since; 0 the other way round; 8 was rated 1
    expect((await left([{ ratedBelow: 3 }], withKinds, since)).out).toEqual(id(0, 4, 8));
    expect((await left(["disliked"], withKinds, since)).out).toEqual(id(4));
  });
});

describe("where nothing can be known", () => {
  const plain = recommenderOf();
  const { values: _, ...unrated } = tinyArtifact().history;
  const { values: __, ...unvalued } = tinyUnlearned;
  const without = recommenderOf({ history: unrated, unlearned: unvalued });
  const blind = async (...of: Parameters<typeof left>) => (await left(...of)).warnings[0];

  test("the page says why, and what to do", async () => {
    expect(await blind(["bought"], plain)).toBe(
      "filter-blind: bought: what events were is not known to tiny: import the data with --event COLUMN and train again. Only events of the log count.",
    );
    const { purchase, ...views } = kinds;
    expect(await blind(["bought"], recommenderOf({ kinds: { ...views, transaction: purchase } }))).toBe(
      'filter-blind: bought: the data of tiny have no events of the kind purchase, but view, transaction; if one of these is meant, say {"met":["purchase","transaction"]}. Only events of the log count.',
    );
    expect(await blind(["disliked"], plain)).toBe(
      'filter-blind: disliked: no value of tiny is below 0, which is a dislike, and no --dislikes-below was said; only dislikes of the event log count. If low values are dislikes, say {"ratedBelow":2.75} (they go from 0.5 to 5).',
    );
    expect(await blind(["disliked"], without)).toMatch(/^filter-blind: disliked: the data of tiny say of nothing/);
    expect(await blind([{ ratedBelow: 3 }], without)).toMatch(
      /^filter-blind: ratedBelow: the data of tiny have no val/,
    );
    expect(await blind(["seen"], without)).toMatch(/^short-list/);
  });

  test("a kind that neither the data nor the log know is refused, with the one that is meant", async () => {
    await expect(left([{ met: ["purchse"] }])).rejects.toMatchObject({
      code: "CONFIG_PIPELINE",
      message: expect.stringContaining("view, purchase"),
      fix: 'Did you mean "purchase"?',
    });
    await expect(left([{ met: ["exposure"] }])).rejects.toMatchObject({ code: "CONFIG_PIPELINE" });
    await expect(left([{ met: [] }])).rejects.toMatchObject({ code: "CONFIG_PIPELINE" });
    await expect(left([{ ratedBelow: "3" }])).rejects.toMatchObject({ code: "CONFIG_PIPELINE" });
  });

  test("what is asked for by all sources is left out, pins and fresh items too", async () => {
    const fields = new Map(ids.map((item, i) => [item, { time: i }]));
    const asker = askerOf({ tiny: withKinds }, "anna", fields, { ids });
    const pipeline = parsePipeline({
      candidates: [
        { from: "tiny", n: 2 },
        { from: "fresh", n: 9, field: "time" },
        { from: "popular", n: 9 },
      ],
      filter: ["bought"],
      rerank: [{ pins: [{ item: ids[1], place: 1 }] }],
      k: 9,
    });
    const { items } = await runPipeline(pipeline, asker);
    expect(items.map(({ item }) => item).sort()).toEqual(ids.filter((_, i) => i !== 1 && i !== 5).sort());
  });
});

test("candidates of the request of which a condition can be evaluated of none: the page says why it is empty", async () => {
  const asker = askerOf({ tiny: withKinds }, "anna", new Map(), { ids });
  const pipeline = parsePipeline({ ...TINY, filter: ["item.genre == 1"] });
  const { items, warnings } = await runPipeline(pipeline, asker, { only: id(4, 6) });
  expect(items).toEqual([]);
  expect(warnings).toEqual([
    {
      code: "filter-failed",
      message: "item.genre == 1 lets none of 2 candidates pass, and cannot be evaluated of 2: No such key: genre.",
    },
    { code: "short-list", message: expect.stringContaining("0 of 9") },
  ]);
});
