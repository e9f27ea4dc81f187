import { describe, expect, test } from "vitest";
import { parseSettings, parseValue } from "./settings.ts";

const rule = (accepts: (value: unknown) => boolean) => ({ accepts });
const owners = {
  model: "neumf",
  modelOptions: { factors: rule((v) => typeof v === "number"), hidden: rule((v) => Array.isArray(v)) },
  trainingOptions: ["epochs", "batchSize", "learningRate"],
};

describe("parseValue", () => {
  test.each([
    ["8", 8],
    ["1e-3", 0.001],
    ["-0.5", -0.5],
    ["true", true],
    ["false", false],
    ["relu", "relu"],
    ["", ""],
    ["64,32,16", [64, 32, 16]],
    ["[64, 32]", [64, 32]],
    ["[]", []],
    ["Infinity", Number.POSITIVE_INFINITY],
  ])("%j is read as %j", (text, value) => {
    expect(parseValue(text)).toEqual(value);
  });

  test("NaN is a number, for the owner to refuse", () => {
    expect(parseValue("NaN")).toBeNaN();
  });
});

describe("parseSettings", () => {
  test("each key goes to its owner", () => {
    expect(parseSettings(["factors=16", "epochs=3"], owners)).toEqual({
      config: { factors: 16 },
      training: { epochs: 3 },
    });
  });

  test("one number is a list of one where a list is wanted", () => {
    expect(parseSettings(["hidden=64"], owners).config).toEqual({ hidden: [64] });
  });

  test("a value may contain an equals sign", () => {
    expect(parseSettings(["batchSize=a=b"], owners).training).toEqual({ batchSize: "a=b" });
  });

  test("CONFIG_UNKNOWN lists the valid names and the nearest", () => {
    expect(() => parseSettings(["learningrate=1"], owners)).toThrow(
      expect.objectContaining({
        code: "CONFIG_UNKNOWN",
        message: expect.stringContaining("factors, hidden (model); epochs, batchSize, learningRate (training)"),
        fix: 'Did you mean "learningRate"?',
      }),
    );
  });

  test("names of Object.prototype are unknown", () => {
    expect(() => parseSettings(["constructor=1"], owners)).toThrow(expect.objectContaining({ code: "CONFIG_UNKNOWN" }));
  });

  test("USAGE_ARGUMENTS without an equals sign", () => {
    expect(() => parseSettings(["factors"], owners)).toThrow(expect.objectContaining({ code: "USAGE_ARGUMENTS" }));
  });
});
