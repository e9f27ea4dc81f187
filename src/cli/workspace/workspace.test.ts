import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Owner, ownerName, self } from "./owner.ts";
import { Workspace } from "./workspace.ts";

let folder: string;
let workspace: Workspace;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "penchant-workspace-"));
  workspace = new Workspace(join(folder, ".penchant"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): Promise<void> =>
  workspace.write("run", name, async (path) => writeFileSync(join(path, "a.txt"), text));
const read = (name: string): string => readFileSync(join(workspace.path("run", name), "a.txt"), "utf8");
const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

/** Puts an unfinished entry aside as another process would. */
function leave(owner: Owner): string {
  const aside = join(workspace.root, "tmp", `${ownerName(owner)}@run-x`);
  mkdirSync(join(aside, "entry"), { recursive: true });
  return aside;
}

describe("Workspace", () => {
  test("an entry is written, listed, read and replaced", async () => {
    await put("b", "one");
    await put("a", "two");
    await put("b", "three");
    expect(workspace.names("run")).toEqual(["a", "b"]);
    expect(read("b")).toBe("three");
    expect(readdirSync(workspace.root)).toEqual(["runs"]);
  });

  test("a failed write leaves no trace, not even the workspace's folder", async () => {
    const broken = workspace.write("run", "a", async (path) => {
      writeFileSync(join(path, "a.txt"), "half");
      throw new Error("no more");
    });
    await expect(broken).rejects.toThrow("no more");
    expect(existsSync(workspace.root)).toBe(false);
  });

  test("a failed replacement leaves the previous entry", async () => {
    await put("a", "one");
    await expect(workspace.write("run", "a", () => Promise.reject(new Error("no more")))).rejects.toThrow("no more");
    expect(read("a")).toBe("one");
    expect(readdirSync(workspace.root)).toEqual(["runs"]);
  });

  test("an entry is found when a kill came between the two renames of its replacement", async () => {
    await put("a", "one");
    renameSync(join(workspace.root, "runs", "a"), join(workspace.root, "runs", "a~"));
    expect(workspace.names("run")).toEqual(["a"]);
    expect(read("a")).toBe("one");
    await put("a", "two");
    expect(read("a")).toBe("two");
    expect(readdirSync(join(workspace.root, "runs"))).toEqual(["a"]);
  });

  test("what cannot be an entry is passed over", async () => {
    await put("a", "one");
    for (const stray of [".DS_Store", "b c", "notes"]) writeFileSync(join(workspace.root, "runs", stray), "");
    mkdirSync(join(workspace.root, "runs", "-x"));
    expect(workspace.names("run")).toEqual(["a"]);
    expect(workspace.choose("run", undefined)).toBe("a");
  });

  test("what a killed process left aside is removed by the next write", async () => {
    leave({ ...self(), pid: deadPid() });
    await put("a", "one");
    expect(readdirSync(workspace.root)).toEqual(["runs"]);
  });

  test.each([
    ["another machine", { host: "elsewhere" }],
    ["another container on a machine of the same name", { space: "4026539999" }],
  ])("what a process of %s has aside stays, though its number is nobody's here", async (_, other) => {
    const aside = leave({ ...self(), pid: deadPid(), ...other });
    await put("a", "one");
    expect(existsSync(join(aside, "entry"))).toBe(true);
    // Until it is so old that nobody can be at it any more.
    const eightDaysAgo = Date.now() / 1000 - 8 * 86_400;
    utimesSync(aside, eightDaysAgo, eightDaysAgo);
    await put("a", "two");
    expect(readdirSync(workspace.root)).toEqual(["runs"]);
  });

  test("choose takes the newest where none is named", async () => {
    await put("b", "old");
    await put("a", "new");
    utimesSync(workspace.path("run", "b"), 1, 1);
    expect(workspace.choose("run", undefined)).toBe("a");
    expect(workspace.choose("run", "b")).toBe("b");
  });

  test("WORKSPACE_EMPTY and WORKSPACE_UNKNOWN say what to do", async () => {
    expect(() => workspace.choose("run", undefined)).toThrow(
      expect.objectContaining({ code: "WORKSPACE_EMPTY", fix: "Train one: penchant train neumf." }),
    );
    await put("first", "one");
    expect(() => workspace.path("run", "frist")).toThrow(
      expect.objectContaining({ code: "WORKSPACE_UNKNOWN", fix: 'Did you mean "first"?' }),
    );
  });

  test("WORKSPACE_PERMISSION when a file stands where the workspace should be", async () => {
    writeFileSync(workspace.root, "");
    await expect(put("a", "one")).rejects.toMatchObject({ code: "WORKSPACE_PERMISSION" });
    expect(() => workspace.lock("run", "a")).toThrow(expect.objectContaining({ code: "WORKSPACE_PERMISSION" }));
  });
});

describe("a workspace that cannot be", () => {
  test("WORKSPACE_PERMISSION when its folder is a link to nothing", async () => {
    symlinkSync(join(folder, "nowhere"), workspace.root);
    await expect(put("a", "one")).rejects.toMatchObject({
      code: "WORKSPACE_PERMISSION",
      message: expect.stringContaining("a link to nothing"),
    });
    expect(() => workspace.lock("run", "a")).toThrow(expect.objectContaining({ code: "WORKSPACE_PERMISSION" }));
  });

  test.skipIf(process.platform !== "linux")(
    "WORKSPACE_PERMISSION, at once, below a folder that takes no entries",
    () => {
      const impossible = new Workspace("/proc/penchant/workspace");
      expect(() => impossible.lock("run", "a")).toThrow(expect.objectContaining({ code: "WORKSPACE_PERMISSION" }));
    },
  );
});

describe("Workspace.lock", () => {
  const locks = (): string => join(workspace.root, "locks", "run-a");
  const holdAs = (owner: Partial<Owner>, state = "held"): string => {
    mkdirSync(locks(), { recursive: true });
    const path = join(locks(), `${ownerName({ ...self(), ...owner })}@1.${state}`);
    writeFileSync(path, "");
    return path;
  };
  const isBusy = expect.objectContaining({ code: "WORKSPACE_BUSY" });

  test("WORKSPACE_BUSY while held, free when released, no trace afterwards", () => {
    const release = workspace.lock("run", "a");
    expect(() => workspace.lock("run", "a")).toThrow(expect.objectContaining({ code: "WORKSPACE_BUSY" }));
    workspace.lock("run", "b")();
    release();
    workspace.lock("run", "a")();
    expect(existsSync(workspace.root)).toBe(false);
  });

  test("a living process on this or an unknown machine keeps it", () => {
    for (const owner of [{ pid: 1 }, { pid: deadPid(), host: "else where" }, { pid: deadPid(), space: "1" }]) {
      const path = holdAs(owner);
      expect(() => workspace.lock("run", "a")).toThrow(isBusy);
      expect(readdirSync(locks())).toHaveLength(1);
      rmSync(path);
    }
  });

  test("whoever waits for one elsewhere is told which file to remove when it is gone", () => {
    const path = holdAs({ pid: 7, host: "elsewhere" });
    expect(() => workspace.lock("run", "a")).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("process 7 on elsewhere"),
        fix: expect.stringContaining(path),
      }),
    );
  });

  test("one that is about to take it is waited for, and not taken from", () => {
    const path = holdAs({ pid: 1 }, "claim");
    expect(() => workspace.lock("run", "a")).toThrow(isBusy);
    expect(existsSync(path)).toBe(true);
  });

  test("the lock of a dead process is taken over", () => {
    for (const state of ["held", "claim"]) {
      holdAs({ pid: deadPid() }, state);
      workspace.lock("run", "a")();
      expect(existsSync(workspace.root)).toBe(false);
    }
  });
});
