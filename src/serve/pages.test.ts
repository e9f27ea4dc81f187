import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { ask, items, type Started, started } from "../../test/support/service.ts";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";

const home = { candidates: [{ from: "tiny", n: 9 }], rank: "tiny", rerank: [{ mmr: { lambda: 0.5 } }], k: 3 };

test("a pipeline by name or written out gives a page, with what was done since", async () => {
  const { app } = await started({ pipelines: { home } });
  const named = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "home" });
  expect(named.body).toMatchObject({
    user: "anna",
    pipeline: "home",
    pipelineVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
    method: "model",
    known: true,
    model: { name: "tiny" },
  });
  expect(items(named)).toHaveLength(3);
  const written = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: home });
  expect(written.body["items"]).toEqual(named.body["items"]);
  const [first = ""] = items(named);
  await ask(app, "POST", "/v1/events", { events: [{ user: "anna", item: first, type: "skip" }] });
  expect(items(await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "home" }))).not.toContain(first);
});

test("traces and fates", async () => {
  const { app } = await started({ pipelines: { home } });
  await ask(app, "PUT", "/v1/items/007", { fields: { available: false } });
  const explain = ["007", "nothing", "7"];
  const { body } = await ask(app, "POST", "/v1/recommend", { user: "zoe", pipeline: "home", trace: true, explain });
  expect(body["stages"]).toMatchObject([{ stage: "candidates" }, { stage: "rank" }, { stage: "rerank.0.mmr" }]);
  expect(body["items"]).toMatchObject([{ from: { tiny: 1 } }, {}, {}]);
  expect(body["fates"]).toMatchObject([{ stage: "hidden" }, { stage: "unknown" }, { item: "7" }]);
});

test("conditions, candidates and exclusions of the request count", async () => {
  const { app } = await started({ pipelines: { home } });
  for (const id of ["007", "7"]) await ask(app, "PUT", `/v1/items/${id}`, { fields: { genre: "spy" } });
  const page = async (rest: object) =>
    items(await ask(app, "POST", "/v1/recommend", { user: "zoe", pipeline: "home", ...rest }));
  expect((await page({ filter: 'item.genre == "spy"' })).sort()).toEqual(["007", "7"]);
  expect(await page({ filter: 'item.genre == "spy"', exclude: ["7"] })).toEqual(["007"]);
  expect(await page({ candidates: ["7", "\u2028"], k: 1 })).toHaveLength(1);
});

test("an item that the request leaves out is told so, and not taken for hidden", async () => {
  const { app } = await started({ pipelines: { home } });
  const asked = { user: "zoe", pipeline: "home", exclude: ["7"], explain: ["7"] };
  const { body } = await ask(app, "POST", "/v1/recommend", asked);
  expect(body["fates"]).toEqual([{ item: "7", stage: "excluded", why: "the request leaves it out" }]);
});

test("why: what speaks for each item of a page, as of the model with the say alone", async () => {
  const { app } = await started({ pipelines: { home } });
  const { body } = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "home", why: true });
  const page = body["items"] as { item: string; score: number; why: unknown[] }[];
  const candidates = page.map(({ item }) => item);
  const alone = { user: "anna", model: "tiny", candidates, k: candidates.length, why: true, includeSeen: true };
  const { body: told } = await ask(app, "POST", "/v1/recommend", alone);
  const why = new Map((told["items"] as typeof page).map((one) => [one.item, one.why]));
  expect(page.map((one) => one.why)).toEqual(candidates.map((item) => why.get(item)));
  expect(page.some((one) => one.why.length > 0)).toBe(true);
  expect(body["explanation"]).toBe(told["explanation"]);
  expect(page[0]).not.toHaveProperty("places");
  const plain = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "home" });
  expect(items(plain)).toEqual(candidates);
  expect((plain.body["items"] as object[])[0]).not.toHaveProperty("why");
});

describe("what somebody bought or disliked", () => {
  const kinds = { purchase: { offsets: Int32Array.of(0, 1, 1, 1, 1), items: Int32Array.of(2) } };
  const artifacts = { tiny: { ...tinyArtifact(), kinds } };
  const known = tinyArtifact().items;
  const shop = { candidates: [{ from: "tiny", n: 9 }], filter: ["bought", "disliked"], k: 9 };
  const [, , bought = "", , toBuy = "", toDislike = "", toLike = ""] = known;
  const page = async ({ app }: Started, explain: readonly string[] = []) => {
    const { body } = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "shop", explain });
    const listed = (body["items"] as { item: string }[]).map(({ item }) => item);
    const fates = body["fates"] as { item: string; stage: string }[];
    return { left: known.filter((item) => !listed.includes(item)), stages: fates.map(({ stage }) => stage), body };
  };
  const tell = ({ app }: Started, ...events: (readonly [string, string, number?])[]) =>
    ask(app, "POST", "/v1/events", {
      events: events.map(([item, type, value]) => ({ user: "anna", item, type, ...(value && { value }) })),
    });

  test("is left out, by training and by events as soon as they are told, also when the server is started again", async () => {
    const folder = temporaryFolder();
    const first = await started({ folder, artifacts, pipelines: { shop } });
    expect((await page(first)).left).toEqual([bought]);
    expect((await tell(first, [toBuy, "purchase"], [toDislike, "dislike"], [toLike, "view"])).status).toBe(200);
    const after = await page(first, [bought, toBuy, toDislike, toLike]);
    expect(after.left).toEqual([bought, toBuy, toDislike]);
    expect(after.stages).toEqual(["bought", "bought", "disliked", "listed"]);
    expect(after.body["warnings"]).toContainEqual({
      code: "short-list",
      message: expect.stringContaining(
        "6 of 9 items: the sources gave no more, or filters left no more (bought leaves out 2, disliked leaves out 1)",
      ),
    });
    await tell(first, [toDislike, "like"]); // the last word
    expect((await page(first)).left).toEqual([bought, toBuy]);
    await first.app.close();
    await first.service.close();
    expect((await page(await started({ folder, artifacts, pipelines: { shop } }))).left).toEqual([bought, toBuy]);
  });

  test("is left out of a pipeline written out, which a request without types would not be", async () => {
    const { app } = await started({ artifacts });
    const of = async (filter: readonly object[]) =>
      ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: { ...shop, filter } });
    await ask(app, "POST", "/v1/events", { events: [{ user: "anna", item: toBuy, type: "rating", value: 2 }] });
    expect(items(await of([{ ratedBelow: 3 }]))).not.toContain(toBuy);
    expect(items(await of([{ ratedBelow: 2 }]))).toContain(toBuy);
    expect(items(await of([{ met: ["rating", "cart"] }]))).not.toContain(toBuy);
    expect((await of([{ met: ["carts"] }])).body.error).toMatchObject({ code: "CONFIG_PIPELINE" });
    expect((await of([{ mets: ["cart"] }])).body.error).toMatchObject({ code: "SERVE_REQUEST" });
  });
});

describe("refused", () => {
  test.each([
    [{ pipeline: "hme" }, 404, "SERVE_PIPELINE"],
    [{ pipeline: { candidates: [{ from: "other", n: 3 }] } }, 404, "SERVE_MODEL"],
    [{ pipeline: { candidates: [{ from: "popular", n: 3 }] } }, 400, "CONFIG_PIPELINE"],
    [{ pipeline: { candidates: [] } }, 400, "SERVE_REQUEST"],
    [{ pipeline: "home", model: "tiny" }, 400, "SERVE_REQUEST"],
    [{ pipeline: "home", exclude: "none" }, 400, "SERVE_REQUEST"],
    [{ trace: true }, 400, "SERVE_REQUEST"],
  ])("%j", async (body, expected, code) => {
    const { app } = await started({ pipelines: { home } });
    const answer = await ask(app, "POST", "/v1/recommend", { user: "zoe", ...body });
    expect([answer.status, answer.body.error?.code]).toEqual([expected, code]);
  });

  test("at the start, a pipeline that asks a model which is not there", async () => {
    const pipelines = { home: { candidates: [{ from: "other", n: 3 }] } };
    await expect(started({ pipelines })).rejects.toMatchObject({ code: "SERVE_MODEL" });
  });
});

test("a page names the model that ranks, not the one that was asked first, and tells pipelines apart that differ", async () => {
  const { app } = await started({ artifacts: { near: tinyArtifact(), best: tinyArtifact() } });
  const pipeline = { candidates: [{ from: "near", n: 6 }], rank: "best", k: 3 };
  const page = (asked: object) => ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: asked });
  const [ranked, plain] = [await page(pipeline), await page({ candidates: pipeline.candidates, k: 3 })];
  expect(ranked.body["model"]).toMatchObject({ name: "best" });
  expect(plain.body["model"]).toMatchObject({ name: "near" });
  expect(ranked.body["pipelineVersion"]).not.toBe(plain.body["pipelineVersion"]);
});
