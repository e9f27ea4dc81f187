import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { executablePath, launchOptions } from "./chromium.ts";
import { openSite } from "./server.ts";

interface Outcome {
  readonly losses: readonly number[];
  readonly items: readonly number[];
  readonly scoreBits: readonly number[];
}

interface PageOutcome extends Outcome {
  readonly error?: string;
  readonly isIsolated: boolean;
  /** How often a timer of the page got its turn meanwhile. */
  readonly turns: number;
}

/** The same training in Node, from the same files. */
async function inNode(): Promise<Outcome> {
  const load = (path: string) => import(pathToFileURL(join(import.meta.dirname, path)).href);
  const dist = (path: string) => load(join("..", "..", "..", "dist", path));
  const [{ trainSmall }, { loadEngine }, ...product] = await Promise.all([
    load("train.mjs"),
    dist("engine/index.js"),
    dist("core/random.js"),
    dist("models/index.js"),
    dist("nn/index.js"),
  ]);
  return (await trainSmall(await loadEngine("wasm"), Object.assign({}, ...product), 1)) as Outcome;
}

if (executablePath === undefined) {
  describe("WebAssembly engine in a browser", () => {
    test.skip("needs Chromium at /usr/bin/chromium, or PENCHANT_CHROMIUM to name it", () => {});
  });
} else {
  describe("WebAssembly engine in a browser", () => {
    let browser: Browser;
    let expected: Outcome;
    beforeAll(async () => {
      [browser, expected] = await Promise.all([chromium.launch(launchOptions), inNode()]);
    });
    afterAll(() => browser.close());

    async function visit(isolated: boolean): Promise<PageOutcome> {
      const site = await openSite({ isolated });
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      try {
        await page.goto(site.url);
        await page.waitForFunction("globalThis.result !== undefined", undefined, { timeout: 120_000 });
        expect(problems).toEqual([]);
        return (await page.evaluate("globalThis.result")) as PageOutcome;
      } finally {
        await page.close();
        site.close();
      }
    }

    test("the small NeuMF learns in Node", () => {
      expect(expected.losses.at(-1)).toBeLessThan(0.7 * (expected.losses[0] ?? 0));
      expect(new Set(expected.items).size).toBeGreaterThan(50);
    });

    test.each([
      ["in workers, on an isolated page", true],
      ["on the page's own thread, where memory may not be shared", false],
    ])("%s: the loss falls, and lists and scores are those of Node to the byte", async (_, isolated) => {
      const { error, isIsolated, losses, items, scoreBits, turns } = await visit(isolated);
      expect(error).toBeUndefined();
      expect(isIsolated).toBe(isolated);
      expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] ?? 0));
      expect(items).toEqual(expected.items);
      expect(scoreBits).toEqual(expected.scoreBits);
      expect(turns).toBeGreaterThan(5);
    });
  });
}
