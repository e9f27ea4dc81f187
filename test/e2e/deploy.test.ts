import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure } from "./cli.ts";
import { type Server, startServer } from "./server.ts";

let folder = "";
const workspace = (...path: string[]) => join(folder, ".penchant", ...path);
const deploy = (run: string, as = "shop") => answer<{ deployment: number }>(folder, "deploy", run, "--as", as);
const active = async (server: Server): Promise<number> => (await server.get("/v1/models")).body.models[0].deployment;

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--epochs", "2", "--run", "taste");
  await answer(folder, "train", "ease", "--run", "ease");
});

test("a deployed copy answers under its name, also when its run is trained again or removed", async () => {
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--run", "early");
  expect(await deploy("early", "shelf")).toMatchObject({ model: "shelf", deployment: 1, previous: null, known: 10 });
  await answer(folder, "remove", "run", "early");
  const server = await startServer(folder, "shelf");
  const { body } = await server.get("/v1/models");
  expect(body.models).toMatchObject([{ name: "shelf", run: "early", deployment: 1, model: "bpr-mf" }]);
  expect((await server.get("/v1/users/user-1/recommendations?k=3")).body.items).toHaveLength(3);
  await answer(folder, "undeploy", "shelf");
  expect((await failure(folder, ["undeploy", "shelf"])).code).toBe("SERVE_MODEL");
});

test("switches and rollbacks, from the command line and over HTTP, drop no request", async () => {
  await deploy("taste");
  const server = await startServer(folder, "shop");
  const statuses: number[] = [];
  let isOn = true;
  const asking = Array.from({ length: 4 }, async (_, i) => {
    while (isOn) statuses.push((await server.get(`/v1/users/user-${i + 1}/recommendations?k=5`)).status);
  });
  expect((await deploy("ease")).deployment).toBe(2);
  await expect.poll(() => active(server), { timeout: 10_000 }).toBe(2);
  expect(await answer(folder, "rollback", "shop")).toMatchObject({ deployment: 1, run: "taste" });
  await expect.poll(() => active(server), { timeout: 10_000 }).toBe(1);
  for (let turn = 0; turn < 10; turn++) {
    const to = await server.post("/v1/models/shop/activate", { deployment: 2 });
    expect(to.body).toMatchObject({ deployment: 2, model: "ease" });
    expect((await server.post("/v1/models/shop/rollback")).body).toMatchObject({ deployment: 1, model: "bpr-mf" });
  }
  isOn = false;
  await Promise.all(asking);
  expect(statuses.length).toBeGreaterThan(50);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  const again = await server.post("/v1/models/shop/rollback");
  expect([again.status, again.body.error.code]).toEqual([404, "SERVE_MODEL"]);
  expect(await answer(folder, "deployments")).toMatchObject({ models: [{ model: "shop", active: 1 }] });
});

describe("what is not as it was deployed does not answer, and the one before goes on", () => {
  test("a damaged copy", async () => {
    const { deployment } = await deploy("taste", "fragile");
    const server = await startServer(folder, "fragile");
    const copy = workspace("models", `fragile.${deployment}`);
    for (const name of readdirSync(copy).filter((file) => file.endsWith(".safetensors"))) {
      const bytes = readFileSync(join(copy, name));
      bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
      writeFileSync(join(copy, name), bytes);
    }
    const { status, body } = await server.post("/v1/models/fragile/activate", {});
    expect([status, body.error.code]).toEqual([409, "ARTIFACT_CORRUPT"]);
    expect((await server.get("/v1/users/user-1/recommendations")).status).toBe(200);
    await answer(folder, "undeploy", "fragile");
  });

  test("other answers than those noted, and a file of deployments that is none", async () => {
    await deploy("taste", "changed");
    const file = workspace("models.json");
    const text = readFileSync(file, "utf8");
    const models = JSON.parse(text) as { models: { changed: { deployments: { known: { scores: number[] }[] }[] } } };
    const known = models.models.changed.deployments[0]?.known[0];
    if (known) known.scores[0] = 99;
    writeFileSync(file, JSON.stringify(models));
    expect((await failure(folder, ["serve", "changed", "--port", "0"])).code).toBe("SERVE_ANSWERS");
    writeFileSync(file, text.slice(0, -20));
    expect((await failure(folder, ["serve", "changed", "--port", "0"])).code).toBe("SERVE_DEPLOYMENTS");
    writeFileSync(file, text);
    await answer(folder, "undeploy", "changed");
  });
});

test("somebody who is forgotten is gone from deployments too, which go on answering", async () => {
  await deploy("taste", "people");
  const server = await startServer(folder, "people");
  const { body } = await server.delete("/v1/users/user-6");
  expect(body.models).toContainEqual({ model: "people.1", interactions: expect.any(Number), tables: ["factors/user"] });
  expect((await server.get("/v1/users/user-6/recommendations")).body.known).toBe(false);
  server.child.kill("SIGKILL");
  const again = await startServer(folder, "people");
  expect((await again.get("/v1/users/user-7/recommendations")).body.method).toBe("model");
});

test.each([
  ["WORKSPACE_NAME", ["deploy", "taste", "--as", "../shop"]],
  ["WORKSPACE_UNKNOWN", ["deploy", "nothing", "--as", "other"]],
  ["SERVE_MODEL", ["rollback", "nothing"]],
  ["SERVE_MODEL", ["rollback", "__proto__"]],
])("%s: %j", async (code, args) => {
  expect((await failure(folder, args)).code).toBe(code);
});
