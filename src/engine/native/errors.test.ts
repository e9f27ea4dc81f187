import { describe, expect, test } from "vitest";
import { toPenchantError, translated } from "./errors.ts";

describe("toPenchantError", () => {
  test("turns a failure reported by the core into the error of that code", () => {
    const report = new Error(
      JSON.stringify({ code: "GRAPH_PLAN", what: "The plan is not well formed", received: "op x" }),
    );
    expect(toPenchantError(report)).toMatchObject({ code: "GRAPH_PLAN", message: expect.stringContaining("op x") });
  });

  test("anything unexpected is an ENGINE_FAILURE that keeps its cause", () => {
    const cause = new Error("a panic");
    expect(toPenchantError(cause)).toMatchObject({ code: "ENGINE_FAILURE", cause });
    expect(() =>
      translated(() => {
        throw cause;
      }),
    ).toThrowError(expect.objectContaining({ code: "ENGINE_FAILURE" }));
  });
});
