/** PostgreSQL as source and sink: a real one, compiled to WebAssembly, behind a socket. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, clubFolder, penchant } from "./cli.ts";
import { startServer } from "./server.ts";

let folder = "";
let url = "";
const database = new PGlite();
let server: PGLiteSocketServer;

beforeAll(async () => {
  folder = await clubFolder();
  server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0 });
  await server.start();
  url = `postgres://postgres:a-password@${server.getServerConn()}/postgres`;
  await database.exec("create table events (who text, film text, stars real, at timestamptz)");
  const [, ...rows] = clubCsv().trim().split("\n");
  const values = rows.map((row) => {
    const [user, item, rating, time] = row.split(",");
    return `('${user}', '${item}, "the" film', ${rating}, to_timestamp(${time}))`;
  });
  await database.exec(`insert into events values ${values.join(",")}`);
}, 60_000);
afterAll(async () => {
  await server.stop();
  await database.close();
});

const refused = async (...args: string[]) => {
  const { stdout, stderr } = await penchant(folder, ...args, "--json");
  expect(stdout + stderr).not.toContain("a-password");
  return JSON.parse(stdout).error;
};

test("the rows of a query are a data set, the same as those of a file, and no password is kept", async () => {
  const query = "select who, film, stars, at from events order by at;";
  const read = await answer<Record<string, unknown>>(folder, "import", url, "--query", query, "--name", "films");
  const file = await answer<Record<string, unknown>>(folder, "import", "ratings.csv", "--name", "file");
  for (const size of ["users", "items", "interactions", "rejected"]) expect(read[size]).toBe(file[size]);
  expect(read["columns"]).toMatchObject({ user: "who", item: "film", value: "stars", time: "at" });
  expect(JSON.stringify(read)).not.toContain("a-password");
  const kept = readFileSync(join(folder, ".penchant", "datasets", "films", "dataset.json"), "utf8");
  expect(kept).toContain("postgres@127.0.0.1");
  expect(kept).not.toContain("a-password");
  expect(await answer(folder, "train", "popularity", "--data", "films", "--run", "top")).toMatchObject({ run: "top" });
});

test("what cannot be read is said, and nothing can be changed", async () => {
  expect((await refused("import", url)).code).toBe("DATA_PLACE");
  expect((await refused("import", "ratings.csv", "--query", "select 1")).code).toBe("USAGE_ARGUMENTS");
  const wrong = await refused("import", url, "--query", "select * from nowhere");
  expect(wrong).toMatchObject({ code: "DATA_DATABASE", message: expect.stringContaining("nowhere") });
  const change = await refused("import", url, "--query", "delete from events returning *");
  expect(change.code).toBe("DATA_DATABASE");
  const { rows } = await database.query<{ count: number }>("select count(*)::int as count from events");
  expect(rows[0]?.count).toBeGreaterThan(1000);
  const nobody = "postgres://postgres:a-password@127.0.0.1:1/postgres";
  expect((await refused("import", nobody, "--query", "select 1")).code).toBe("DATA_DATABASE");
});

test("events of the service go into a table, once each, however often", async () => {
  await answer(folder, "train", "ease", "--run", "taste");
  const service = await startServer(folder, "taste");
  const events = [
    { user: "o'hara", item: "film-1", type: "rating", value: 4, time: 1_700_000_000.5 },
    { user: "b", item: "film-2", type: "exposure", model: "taste@1", position: 3 },
  ];
  await service.post("/v1/events", { events });
  const written = await answer<object>(folder, "events", "export", "--output", url);
  expect(written).toMatchObject({ events: 2, people: 2, inserted: 2 });
  expect(JSON.stringify(written)).not.toContain("a-password");
  const context = { device: "phone" };
  await service.post("/v1/events", { events: [{ user: "b", item: "film-3", type: "view", context }] });
  expect(await answer(folder, "events", "export", "--output", url)).toMatchObject({ events: 3, inserted: 1 });
  const { rows } = await database.query<Record<string, unknown>>("select * from penchant_events order by n");
  expect(rows).toMatchObject([
    { n: 1, user: "o'hara", item: "film-1", type: "rating", value: 4, time: new Date(1_700_000_000_500), model: null },
    { n: 2, type: "exposure", model: "taste@1", position: 3 },
    { n: 3, item: "film-3", context: { device: "phone" } },
  ]);
});
