/** examples/shop: its README is run as it stands, and the shop is visited. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { root, scratch } from "./cli.ts";
import { startServer } from "./server.ts";

const folder = scratch();
const readme = readFileSync(join(root, "examples/shop/README.md"), "utf8");
const [prepare = [], deploy = []] = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) =>
  block.trim().split("\n"),
);

function run(line: string): string {
  const command = line.replace(/^npx penchant/, `${process.execPath} ${join(root, "dist/cli/main.js")}`);
  const { status, stdout, stderr } = spawnSync(command, { cwd: folder, shell: true, encoding: "utf8" });
  expect(status, `${line}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

beforeAll(() => {
  cpSync(join(root, "examples/shop"), folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/penchant"), "dir");
  const page = prepare.map(run).at(-1) ?? "";
  expect(page).toContain("g5:");
  deploy.map(run);
});

/** The shop beside a server at `url`. */
async function open(url: string): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, ["shop.mjs"], {
    cwd: folder,
    env: { ...process.env, PENCHANT_URL: url, PORT: "0" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return await new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk) => resolve(String(chunk).trim()));
    child.on("close", () => reject(new Error("the shop did not open")));
  });
}

/** Somebody with a cookie, who follows links. */
function visitor(shop: string, cookie = "") {
  let own = cookie;
  return async (path: string, method = "GET"): Promise<{ status: number; html: string; items: string[] }> => {
    const headers = own === "" ? {} : { cookie: own };
    const response = await fetch(shop + path, { method, headers, redirect: "manual" });
    own = response.headers.get("set-cookie")?.split(";")[0] ?? own;
    const html = await response.text();
    return { status: response.status, html, items: [...html.matchAll(/\/item\/(\w+)"/g)].map(([, id = ""]) => id) };
  };
}

test("pages follow what visitors do, and go on without recommendations", async () => {
  const server = await startServer(folder, "shop", "--pipeline", "home.json");
  const visit = visitor(await open(server.url));
  const first = await visit("/");
  expect(first.items).toHaveLength(8);
  for (const garden of ["g37", "g38", "g40"]) {
    const { status, html, items } = await visit(`/item/${garden}`);
    expect([status, items.length]).toEqual([200, 4]);
    expect(html).toContain("Like this");
  }
  expect((await visit("/buy/g37", "POST")).status).toBe(303);
  const after = await visit("/");
  expect(after.items.filter((item) => ["g37", "g38", "g40"].includes(item))).toEqual([]);
  const inGarden = (items: readonly string[]) => items.filter((item) => Math.ceil(Number(item.slice(1)) / 36) === 2);
  expect(inGarden(after.items).length).toBeGreaterThan(inGarden(first.items).length);
  expect(inGarden(after.items).length).toBeLessThanOrEqual(4); // at most four of a category
  expect((await visit("/item/g29")).html).toContain("Sold out");
  expect((await visit("/nothing")).status).toBe(404);

  server.child.kill("SIGKILL");
  await new Promise((resolve) => server.child.once("close", resolve));
  const without = await visit("/");
  expect([without.status, without.items.length]).toEqual([200, 8]);
  expect((await visit("/item/g37")).status).toBe(200);
});

test("what was shown is in the log, with its place and the model", async () => {
  const server = await startServer(folder, "shop", "--pipeline", "home.json");
  const visit = visitor(await open(server.url), "visitor=p7");
  const { items } = await visit("/");
  server.child.kill("SIGTERM");
  await new Promise((resolve) => server.child.once("close", resolve));
  run("npx penchant events export --output events.jsonl");
  const lines = readFileSync(join(folder, "events.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const shown = lines.filter(({ user, type }) => user === "p7" && type === "exposure");
  expect(shown.map(({ item }) => item)).toEqual(items);
  expect(shown[0]).toMatchObject({ position: 1, model: expect.stringMatching(/^shop@[0-9a-f]{12}$/) });
});
