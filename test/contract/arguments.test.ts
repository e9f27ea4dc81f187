import { describe, expect, test } from "vitest";
import { PenchantError } from "../../src/core/errors.ts";
import * as api from "../../src/index.ts";
import { bprMf } from "../../src/models/index.ts";

/** What a program that no compiler checks may give: nothing, a number, an object of another kind, a list. */
const wrong = [[], [42, 42], [{}, {}], [[1], [2]], [null]];
const functions = Object.entries(api).filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name));

describe("every function of the package, given what it does not take, says so by a code", () => {
  test.each(functions)("%s", async (name, call) => {
    for (const given of wrong) {
      const error = await attempt(() => (call as (...args: unknown[]) => unknown)(...given));
      const isRight = error === undefined || error instanceof PenchantError;
      expect(isRight, `${name}(${given.map((each) => JSON.stringify(each)).join(", ")}): ${error}`).toBe(true);
    }
  });
});

async function attempt(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("and how to go on", () => {
  const engine = api.loadEngine("reference");
  test.each([
    ["a path in place of a run", async () => api.createRecommender("runs/x" as never, await engine), "loadSaved"],
    ["a path in place of interactions", () => api.fit(bprMf() as never, "ratings.csv" as never), "readInteractions"],
    ["a model that was not called", () => api.fit(bprMf as never, {} as never), "Call it"],
    ["the name of a model", () => api.fit("bpr-mf" as never, {} as never), "penchant/models"],
    ["an engine that is none", () => api.loadEngine("gpu" as never), ""],
  ])("%s", async (_, call, fix) => {
    const error = await attempt(call);
    expect(error).toMatchObject({ code: "CONFIG_VALUE", fix: expect.stringContaining(fix) });
  });
});
