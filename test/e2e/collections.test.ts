import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder, failure } from "./cli.ts";
import { startServer } from "./server.ts";

let folder = "";
const within = (workspace: string, ...args: string[]) =>
  answer<{ key: string }>(folder, ...args, "--workspace", workspace);
const collections = ["--collection", "films=one", "--collection", "books=two"];

beforeAll(async () => {
  folder = await clubFolder();
  renameSync(join(folder, ".penchant"), join(folder, "one"));
  await within("one", "train", "ease", "--run", "taste");
  await within("two", "import", "ratings.csv");
  await within("two", "train", "popularity", "--run", "top");
  mkdirSync(join(folder, "one", "pipelines"));
  const pipeline = { candidates: [{ from: "taste", n: 9 }], k: 2 };
  writeFileSync(join(folder, "one", "pipelines", "home.json"), JSON.stringify(pipeline));
});

test("each collection has models, pipelines, events and a page of its own, behind one address", async () => {
  const server = await startServer(folder, ...collections);
  const models = async (name: string) => (await server.get(`/collections/${name}/v1/models`)).body.models[0].name;
  expect([await models("films"), await models("books")]).toEqual(["taste", "top"]);
  const page = { user: "user-1", pipeline: "home" };
  const films = await server.post("/collections/films/v1/recommend", page);
  expect([films.status, films.body.items.length]).toEqual([200, 2]);
  expect((await server.post("/collections/books/v1/recommend", page)).body.error.code).toBe("SERVE_PIPELINE");
  const [{ item }] = films.body.items;
  await server.post("/collections/films/v1/events", { events: [{ user: "user-1", item, type: "view" }] });
  const met = async (name: string) => (await server.get(`/collections/${name}/v1/users/user-1`)).body.met.length;
  expect([await met("films"), await met("books")]).toEqual([1, 0]);
  expect((await fetch(`${server.url}/collections/books/docs`)).status).toBe(200);
  expect((await server.get("/collections/books/openapi.json")).body.openapi).toBe("3.1.0");
  expect((await server.get("/readyz")).body).toMatchObject({
    collections: { films: { status: "ready" }, books: { status: "ready" } },
  });
  expect((await server.get("/healthz")).status).toBe(200);
});

test("nothing is there but by its name", async () => {
  const server = await startServer(folder, ...collections);
  for (const path of [
    "/v1/models",
    "/collections/none/v1/models",
    "/collections/..%2fone/v1/models",
    "/collections/",
    "/collections/films/../books/v1/models",
  ]) {
    const { status, body } = await server.get(path);
    if (path.includes("..") && status === 200)
      expect(body.models[0].name).toBe("top"); // what fetch itself made of it
    else expect([path, status, body.error.code]).toEqual([path, 404, "SERVE_ROUTE"]);
  }
});

test("a key of one collection is asked for there alone", async () => {
  const { key } = await within("two", "keys", "add", "reader", "--scopes", "read");
  const server = await startServer(folder, ...collections);
  const list = (name: string, own?: string) =>
    server.get(`/collections/${name}/v1/users/user-1/recommendations?k=1`, own);
  expect((await list("books")).status).toBe(401);
  expect((await list("books", key)).status).toBe(200);
  expect((await list("films")).status).toBe(200);
  await within("two", "keys", "remove", "reader");
});

test("it stops in order, with what is under way answered, and says what each had", async () => {
  const server = await startServer(folder, ...collections);
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => server.get(`/collections/films/v1/users/user-${i}/recommendations`)),
  );
  let stdout = "";
  server.child.stdout?.on("data", (chunk) => (stdout += chunk));
  const ended = new Promise((resolve) => server.child.once("close", resolve));
  server.child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ requests: 20, collections: [{ name: "films" }, { name: "books" }] });
});

test("what is wrong is said", async () => {
  const refused = (...args: string[]) => failure(folder, ["serve", "--port", "0", ...args], 2);
  expect((await refused("taste", ...collections)).code).toBe("USAGE_ARGUMENTS");
  expect((await refused("--collection", "films")).code).toBe("USAGE_ARGUMENTS");
  expect((await refused(...collections, "--collection", "films=one")).message).toContain("Two collections");
  expect((await failure(folder, ["serve", "--collection", "a=none"])).code).toBe("WORKSPACE_UNKNOWN");
});
