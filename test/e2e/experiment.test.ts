import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";
import { startServer } from "./server.ts";

let folder = "";

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "old", "--final");
  await answer(folder, "train", "popularity", "--run", "new", "--final");
  await answer(folder, "deploy", "old", "--as", "shop");
  await answer(folder, "deploy", "new", "--as", "shop-next");
});

interface Report {
  readonly arms: { arm: string; users: number; outcomes: number }[];
  readonly verdict: string;
  readonly p: number;
  readonly decided?: { users: number };
  readonly warnings: { code: string }[];
}

test("from start to verdict, on a running server, by what people were shown and did", async () => {
  const server = await startServer(folder, "shop");
  const begun = ["experiment", "start", "next", "--on", "shop", "--with", "shop-next"];
  await answer(folder, ...begun);
  await expect
    .poll(async () => (await server.get("/v1/experiments")).body.experiments, { timeout: 20_000 })
    .toHaveLength(1);
  expect((await failure(folder, begun)).code).toBe("SERVE_EXPERIMENT");
  const early = await answer<Report>(folder, "experiment", "report", "next");
  expect(early.warnings.map(({ code }) => code)).toEqual(["no-exposures"]);
  const events: object[] = [];
  for (let i = 0; i < 600; i++) {
    const user = `visitor-${i}`;
    const { body } = i < 60 ? await server.post("/v1/recommend", { user, k: 3 }) : { body: undefined };
    if (body) expect(body.model.name).toBe(body.experiment.arm === "control" ? "shop" : "shop-next");
    const model = `shop${i % 2 === 0 ? "-next" : ""}@0123456789ab`;
    events.push({ user, item: "film-1", type: "exposure", position: 1, model });
  }
  expect((await server.post("/v1/events", { events })).status).toBe(200);
  const elsewhere = [{ model: "other@0123456789ab" }, { pipeline: "home", model: "shop@0123456789ab" }, {}, {}];
  const others = elsewhere.map((more, i) => ({ user: `other-${i}`, item: "film-1", type: "exposure", ...more }));
  expect((await server.post("/v1/events", { events: others })).status).toBe(200);
  const { arms, warnings } = await answer<Report>(folder, "experiment", "report", "next");
  expect(warnings).toMatchObject([{ code: "exposures-unnamed", message: expect.stringMatching(/^2 exposures/) }]);
  expect(arms.map(({ users }) => users).reduce((a, b) => a + b)).toBe(600);
  for (const { users } of arms) expect(users).toBeGreaterThan(230);
  const treated: string[] = [];
  for (let i = 0; i < 600; i++) {
    const { body } = await server.post("/v1/recommend", { user: `visitor-${i}`, k: 1 });
    if (body.experiment.arm === "treatment") treated.push(`visitor-${i}`);
  }
  const bought = treated.slice(0, 60).map((user) => ({ user, item: "film-1", type: "purchase" }));
  await server.post("/v1/events", { events: bought });
  const decided = await answer<Report>(folder, "experiment", "report", "next");
  expect(decided.verdict).toBe("better");
  expect(decided.p).toBeLessThan(0.05);
  expect(decided.arms.map(({ outcomes }) => outcomes)).toEqual([0, 60]);
  expect(decided.decided?.users).toBe(600);
  expect((await penchant(folder, "experiment", "report", "next")).stdout).toContain("The treatment is better.");
  await answer(folder, "experiment", "stop", "next");
  await expect
    .poll(async () => (await server.post("/v1/recommend", { user: treated[0], k: 1 })).body.model.name, {
      timeout: 20_000,
    })
    .toBe("shop");
  expect((await penchant(folder, "experiment", "list")).stdout).toContain("next: shop with shop-next, 0.5");
});

test("a shadow is compared by the server that it was running on before it started", async () => {
  await answer(
    folder,
    "experiment",
    "start",
    "unseen",
    "--on",
    "shop",
    "--with",
    "shop-next",
    "--shadow",
    "--share",
    "1",
  );
  const server = await startServer(folder, "shop");
  expect((await server.post("/v1/recommend", { user: "user-1" })).body.model.name).toBe("shop");
  const compared = async () => (await server.get("/v1/experiments")).body.experiments[0].compared;
  await expect.poll(compared).toMatchObject({ answers: 1, failures: 0 });
  expect((await compared()).overlap).toBeLessThan(1);
  expect((await failure(folder, ["experiment", "report", "unseen"])).code).toBe("SERVE_EXPERIMENT");
});

test("what is wrong is said", async () => {
  const start = (...more: string[]) => failure(folder, ["experiment", "start", "bad", "--on", "shop", ...more]);
  expect((await start("--with", "shop")).code).toBe("SERVE_EXPERIMENT");
  expect((await start("--with", "nothing")).code).toBe("SERVE_MODEL");
  expect((await start("--with", "shop-next", "--share", "2")).code).toBe("CONFIG_VALUE");
  expect((await start("--with", "shop-next", "--outcome", "joy")).code).toBe("CONFIG_VALUE");
  expect((await failure(folder, ["experiment", "stop", "nxt"])).fix).toContain('"next"');
});
