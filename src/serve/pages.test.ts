import { describe, expect, test } from "vitest";
import { ask, items, started } from "../../test/support/service.ts";
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
