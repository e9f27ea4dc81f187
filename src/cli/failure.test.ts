import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { penchantError } from "../core/errors.ts";
import { describeFailure } from "./failure.ts";

const system = (code: string): Error => Object.assign(new Error(code), { code, path: "somewhere" });

describe("describeFailure", () => {
  test("a coded error keeps its code and ends with 1", () => {
    const failure = describeFailure(penchantError("WORKSPACE_EMPTY", { what: "Nothing", fix: "Do." }), false);
    expect(failure).toMatchObject({ code: "WORKSPACE_EMPTY", message: "Nothing.", fix: "Do.", exitCode: 1 });
  });

  test("wrong usage ends with 2, without commander's prefix", () => {
    const failure = describeFailure(
      new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'"),
      false,
    );
    expect(failure).toMatchObject({ code: "USAGE_ARGUMENTS", message: "Unknown option '--x'.", exitCode: 2 });
  });

  test("commander's suggestion becomes the fix", () => {
    const error = new CommanderError(
      1,
      "commander.unknownCommand",
      "error: unknown command 'trian'\n(Did you mean train?)",
    );
    expect(describeFailure(error, false)).toMatchObject({
      message: "Unknown command 'trian'.",
      fix: "Did you mean train?",
    });
  });

  test("help and version are no failure", () => {
    expect(describeFailure(new CommanderError(0, "commander.help", "(outputHelp)"), false)).toBeUndefined();
  });

  test.each([
    ["ENOSPC", "WORKSPACE_DISK_FULL"],
    ["EDQUOT", "WORKSPACE_DISK_FULL"],
    ["EIO", "WORKSPACE_DISK"],
    ["EACCES", "WORKSPACE_PERMISSION"],
    ["EROFS", "WORKSPACE_PERMISSION"],
    ["ENOENT", "WORKSPACE_PATH"],
    ["ENOTDIR", "WORKSPACE_PATH"],
    ["EISDIR", "WORKSPACE_PATH"],
    ["EWHATEVER", "UNEXPECTED_FAILURE"],
  ])("%s of the system becomes %s and ends with 1", (code, expected) => {
    expect(describeFailure(system(code), false)).toMatchObject({ code: expected, exitCode: 1 });
  });

  test("an array that cannot be becomes ENGINE_MEMORY", () => {
    let thrown: unknown;
    try {
      new Float32Array(2 ** 50);
    } catch (error) {
      thrown = error;
    }
    expect(describeFailure(thrown, false)).toMatchObject({ code: "ENGINE_MEMORY", exitCode: 1 });
  });

  test("whatever fails after an interruption ends with 130", () => {
    expect(describeFailure(new Error("broken off"), true)).toMatchObject({ code: "USAGE_INTERRUPTED", exitCode: 130 });
    const cancelled = penchantError("TRAIN_CANCELLED", { what: "Cancelled" });
    expect(describeFailure(cancelled, true)).toMatchObject({ code: "TRAIN_CANCELLED", exitCode: 130 });
  });
});
