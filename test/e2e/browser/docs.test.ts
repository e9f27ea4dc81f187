/** The page to try a server, in a browser: what it shows, what its forms send, and that its own rules let it work. */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApi } from "../../../dist/serve/openapi.js";
import { answer, clubFolder } from "../cli.ts";
import { startServer } from "../server.ts";
import { executablePath, launchOptions, missing } from "./chromium.ts";

describe.skipIf(executablePath === undefined)(`the page to try a server, in a browser${missing}`, () => {
  let browser: Browser;
  let folder = "";
  beforeAll(async () => {
    folder = await clubFolder();
    await answer(folder, "train", "ease", "--run", "club");
    browser = await chromium.launch(launchOptions);
  }, 60_000);
  afterAll(() => browser?.close());

  /** The page, open; what it complained of. */
  async function opened(address: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // what a server refuses is in the console of a browser too
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        complaints.push(message.text());
    });
    await page.goto(address);
    await page.waitForSelector("details");
    return { page, complaints };
  }

  /** Opens the form of a request, fills it, sends it, and reads what comes. */
  async function tried(page: Page, request: string, fields: Record<string, string>): Promise<string> {
    const form = page
      .locator("details")
      .filter({ has: page.locator("summary code", { hasText: new RegExp(`^${request}$`) }) });
    if (!(await form.evaluate((element) => (element as { open?: boolean }).open)))
      await form.locator("summary").click();
    for (const [name, value] of Object.entries(fields)) {
      const field = name === "body" ? form.locator("textarea") : form.locator(`input[name="${name}"]`);
      await field.fill(value);
    }
    const output = form.locator("pre");
    await output.evaluate((element) => (element.textContent = ""));
    await form.getByRole("button", { name: "Send" }).click();
    await expect.poll(() => output.textContent(), { timeout: 5000 }).toMatch(/^\d{3} in |^(?!Waiting).+/);
    return (await output.textContent()) ?? "";
  }

  test("every request there is has a form, and what is sent is answered", async () => {
    const server = await startServer(folder, "club");
    const { page, complaints } = await opened(`${server.url}/docs`);
    const { paths } = openApi("0") as { paths: Record<string, Record<string, unknown>> };
    const requests = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(await page.locator("summary code").allTextContents()).toEqual(requests);

    const list = await tried(page, "GET /v1/users/{id}/recommendations", { id: "user-1", k: "2" });
    expect(list).toMatch(/^200 in [\d.]+ ms\n/);
    const { items } = JSON.parse(list.slice(list.indexOf("\n"))) as { items: { item: string }[] };
    expect(items).toHaveLength(2);
    const [{ item }] = items as [{ item: string }];
    const body = JSON.stringify({ events: [{ user: "user-1", item, type: "view" }] });
    expect(await tried(page, "POST /v1/events", { body })).toContain('"accepted": 1');
    expect(await tried(page, "GET /v1/users/{id}/recommendations", { id: "user-1", k: "2" })).not.toContain(
      `"${item}"`,
    );

    const fields = '{"fields": {"genre": "<img src=x onerror=alert(1)>"}}';
    expect(await tried(page, "PUT /v1/items/{id}", { id: "a/b ?", body: fields })).toContain('"item": "a/b ?"');
    expect(await page.locator("img").count()).toBe(0);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(await tried(page, "POST /v1/recommend", { body: "{" })).toMatch(/^400 in .*"SERVE_BODY"/s);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  test("below a collection, with a key and with a slash at its end, it asks where it is", async () => {
    const { key } = await answer<{ key: string }>(folder, "keys", "add", "page");
    const server = await startServer(folder, "--collection", "films=.penchant");
    const { page, complaints } = await opened(`${server.url}/collections/films/docs/`);
    expect(await tried(page, "GET /v1/models", {})).toMatch(/^401 in .*"SERVE_KEY"/s);
    await page.locator("#key").fill(key);
    expect(await tried(page, "GET /v1/models", {})).toMatch(/^200 in .*"club"/s);
    await page.getByRole("link", { name: "/openapi.json" }).click();
    await page.waitForURL(`${server.url}/collections/films/openapi.json`);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);
});
