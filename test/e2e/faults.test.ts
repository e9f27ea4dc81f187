/** Disks that fail: nothing acknowledged is lost, nothing is half done, every error has a code, and answers go on. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { answer, clubFolder } from "./cli.ts";
import { startServer } from "./server.ts";

const child = join(import.meta.dirname, "faults.child.mjs");
const faults = join(import.meta.dirname, "..", "support", "faults.mjs");
const WORKS = ["deploy", "activate", "rollback", "items", "events", "erase", "experiment", "keys", "index"];

let folder = "";
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--run", "a");
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--seed", "2", "--run", "b");
});
afterEach(() => void vi.unstubAllEnvs());

/** A server whose disk can be let fail: with the error, below the folder, until it is called with none. */
async function hindered() {
  const control = join(folder, "fault");
  writeFileSync(control, "");
  vi.stubEnv("PENCHANT_FAULTS", control);
  vi.stubEnv("NODE_OPTIONS", `--import ${faults}`);
  const server = await startServer(folder);
  vi.unstubAllEnvs();
  const disk = async (error?: string) => {
    writeFileSync(control, error === undefined ? "" : `${join(folder, ".penchant")} ${error}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  const view = (item: string) => server.post("/v1/events", { events: [{ user: "new", item, type: "view" }] });
  const lists = async () => {
    const { status, body } = await server.get("/v1/users/new/recommendations?k=100");
    expect(status).toBe(200);
    return body.items.map(({ item }: { item: string }) => item) as string[];
  };
  return { server, disk, view, lists };
}

test("a server on a full disk answers, refuses what it cannot keep, and takes it again when there is room", async () => {
  await answer(folder, "deploy", "a", "--as", "shop");
  await answer(folder, "deploy", "b", "--as", "shop");
  const { server, disk, view, lists } = await hindered();
  expect((await view("film-1")).status).toBe(200);
  await disk("ENOSPC");
  const refused = await view("film-2");
  expect([refused.status, refused.body.error.code]).toEqual([503, "STORE_WRITE"]);
  const rolled = await server.post("/v1/models/shop/rollback", {});
  expect([rolled.status, rolled.body.error.code]).toEqual([503, "WORKSPACE_DISK_FULL"]);
  expect(await lists()).not.toContain("film-1");
  expect(await lists()).toContain("film-2"); // what was refused does not count
  await disk();
  expect((await view("film-3")).status).toBe(200);
  expect((await server.get("/readyz")).body).toMatchObject({ status: "ready", events: "ok" });
  expect((await server.post("/v1/models/shop/rollback", {})).body).toMatchObject({ deployment: 1 });
  server.child.kill("SIGKILL");
  const again = await startServer(folder);
  const { body } = await again.get("/v1/users/new");
  expect(JSON.stringify(body)).toContain("film-3");
  expect(JSON.stringify(body)).not.toContain("film-2");
});

test("a server whose disk failed says so, goes on answering, and has everything acknowledged when it starts again", async () => {
  const { server, disk, view, lists } = await hindered();
  expect((await view("film-4")).status).toBe(200);
  await disk("EIO");
  expect((await view("film-5")).body.error.code).toBe("STORE_WRITE");
  await disk();
  const ready = await server.get("/readyz");
  expect(ready.body).toMatchObject({ status: "degraded", events: "failed" }); // nobody knows what the disk holds
  const still = await view("film-6");
  expect([still.status, still.body.error.code, still.body.error.fix]).toEqual([
    503,
    "STORE_WRITE",
    expect.stringContaining("Restart the server"),
  ]);
  expect(await lists()).not.toContain("film-4");
  server.child.kill("SIGKILL");
  const again = await startServer(folder);
  expect((await again.get("/readyz")).body).toMatchObject({ status: "ready", events: "ok" });
  expect(JSON.stringify((await again.get("/v1/users/new")).body)).toContain("film-4");
});

test("whichever write, sync, renaming or making of a file fails, the workspace holds what it held or what was wanted, and the same is done later", async () => {
  const running = spawn(process.execPath, [child, join(folder, ".penchant")], { stdio: "pipe" });
  let [output, errors] = ["", ""];
  running.stdout.on("data", (data: Buffer) => (output += data.toString()));
  running.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const code = await new Promise((resolve) => running.once("close", resolve));
  expect(code, output + errors).toBe(0);
  const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines.at(-1)).toBe("short writes");
  const tried = lines.slice(0, -1).map((line) => /^(\w+) (\w+) calls (\d+) refused (\d+)$/.exec(line) ?? []);
  expect(tried.map(([, work, error]) => `${error} ${work}`)).toEqual(
    ["ENOSPC", "EIO"].flatMap((error) => WORKS.map((work) => `${error} ${work}`)),
  );
  console.log(tried.map(([, work, error, calls]) => `${error} ${work} ${calls}`).join("; "));
  for (const [, , , calls, refused] of tried) {
    expect(Number(calls)).toBeGreaterThan(1);
    expect(refused).toBe(calls);
  }
});
