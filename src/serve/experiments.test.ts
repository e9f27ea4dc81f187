import { expect, test } from "vitest";
import { ask, items, started } from "../../test/support/service.ts";
import { parsePipeline } from "../pipeline/index.ts";
import { armOf, type Experiment } from "./experiments.ts";

const plain = parsePipeline({ candidates: [{ from: "tiny", n: 9 }], k: 3 });
const pinned = parsePipeline({
  candidates: [{ from: "tiny", n: 9 }],
  rerank: [{ pins: [{ item: "007", place: 1 }] }],
  filter: [],
  k: 3,
});
/** Fails for whoever asks. */
const broken = parsePipeline({
  candidates: [{ from: "tiny", n: 9 }],
  rerank: [{ caps: { field: "a", most: 1 } }, { boost: { filter: "item.", by: 1 } }],
});
const made = (more: Partial<Experiment> = {}): Experiment => ({
  ...{ name: "try", on: "plain", with: "pinned", share: 0.5, shadow: false, outcome: "purchase" },
  ...{ effect: 0.02, alpha: 0.05, users: null, started: "2026-01-01T00:00:00.000Z", stopped: null },
  ...more,
});
const service = () => started({ pipelines: { plain, pinned, broken } });
const people = Array.from({ length: 40 }, (_, i) => `person ${i}`);

test("people keep their arm, in about the shares that were asked for, whoever else is asked", () => {
  const users = Array.from({ length: 10_000 }, (_, i) => `u${i}`);
  for (const share of [0, 0.05, 0.5, 1]) {
    const treated = users.filter((user) => armOf(made({ share }), user) === "treatment").length;
    expect(Math.abs(treated / 10_000 - share)).toBeLessThan(0.015);
  }
  const both = users.filter((user) => armOf(made(), user) === armOf(made({ name: "other" }), user)).length;
  expect(Math.abs(both / 10_000 - 0.5)).toBeLessThan(0.02); // one experiment says nothing of another
});

test("a person is answered by the arm that the hash says, and told so", async () => {
  const { app, service: running } = await service();
  expect(running.runExperiments([made(), made({ on: "nothing" })])).toEqual([made({ on: "nothing" })]);
  for (const user of people) {
    const answer = await ask(app, "POST", "/v1/recommend", { user, pipeline: "plain" });
    const arm = armOf(made(), user);
    expect(answer.body).toMatchObject({
      experiment: { name: "try", arm },
      pipeline: arm === "control" ? "plain" : "pinned",
    });
    if (arm === "treatment") expect(items(answer)[0]).toBe("007");
  }
  const [described] = (await ask(app, "GET", "/v1/experiments")).body["experiments"] as {
    answers: Record<string, number>;
  }[];
  const { control = 0, treatment = 0 } = described?.answers ?? {};
  expect([control + treatment, control > 5, treatment > 5]).toEqual([40, true, true]);
  const nobody = await ask(app, "POST", "/v1/recommend", { history: ["7"], pipeline: "plain" });
  expect(nobody.body["experiment"]).toBeUndefined();
});

test("a canary that cannot answer costs no request, and is counted", async () => {
  const { app, service: running } = await service();
  running.runExperiments([made({ with: "broken", share: 1 })]);
  const answer = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "plain" });
  expect([answer.status, items(answer).length]).toEqual([200, 3]);
  expect(running.experiments.describe()).toMatchObject([{ failures: 1, answers: { control: 0, treatment: 1 } }]);
});

test("what is asked wrongly is refused in both arms, and is no failure of the treatment", async () => {
  const { app, service: running } = await service();
  running.runExperiments([made({ share: 1 })]);
  const { status } = await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "plain", filter: "nonsense(" });
  expect(status).toBe(400);
  expect(running.experiments.describe()).toMatchObject([{ failures: 0 }]);
});

test("a shadow answers nobody: so many requests are computed twice, and compared", async () => {
  const { app, service: running } = await service();
  running.runExperiments([made({ shadow: true, share: 0.25 })]);
  for (const user of people) {
    const answer = await ask(app, "POST", "/v1/recommend", { user, pipeline: "plain" });
    expect(answer.body["pipeline"]).toBe("plain");
    expect(answer.body["experiment"]).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const [{ compared }] = running.experiments.describe() as [{ compared: Record<string, number> }];
  expect(compared).toMatchObject({ answers: 10, failures: 0, skipped: 0 });
  expect(compared["overlap"]).toBeGreaterThan(0);
  expect(compared["overlap"]).toBeLessThanOrEqual(1);
});

test("a shadow that fails is counted, and nobody hears of it", async () => {
  const { app, service: running } = await service();
  running.runExperiments([made({ shadow: true, share: 1, with: "broken" })]);
  expect((await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "plain" })).status).toBe(200);
  await expect
    .poll(() => running.experiments.describe())
    .toMatchObject([{ compared: { answers: 0, failures: 1, overlap: null } }]);
});
