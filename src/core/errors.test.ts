import { describe, expect, test } from "vitest";
import { fail, PenchantError } from "./errors.ts";
import { nearest } from "./nearest.ts";

describe("fail", () => {
  test("says what happened, what was expected, what was received and how to fix it", () => {
    try {
      fail("GRAPH_SHAPE", {
        what: "mul cannot take these operands",
        expected: "equal shapes",
        received: "a and b",
        fix: "Widen one.",
      });
    } catch (error) {
      expect(error).toBeInstanceOf(PenchantError);
      expect(error).toMatchObject({
        code: "GRAPH_SHAPE",
        fix: "Widen one.",
        message: "mul cannot take these operands: expected equal shapes; received a and b.",
      });
    }
    expect.assertions(2);
  });

  test("falls back to the catalogue's advice", () => {
    expect(() => fail("CONFIG_UNKNOWN", { what: "No" })).toThrowError(
      expect.objectContaining({ fix: "Use one of the names listed." }),
    );
  });

  test("starts the stack at the caller's line", () => {
    const caller = () => fail("CONFIG_VALUE", { what: "No" });
    try {
      caller();
    } catch (error) {
      expect((error as Error).stack?.split("\n")[1]).toContain("caller");
    }
    expect.assertions(1);
  });
});

describe("nearest", () => {
  test("finds a slip and refuses strangers", () => {
    expect(nearest("neumff", ["gmf", "neumf", "mlp"])).toBe("neumf");
    expect(nearest("zzzzzzzz", ["gmf", "neumf", "mlp"])).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
  });
});
