import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, failure, scratch } from "./cli.ts";

const folder = scratch();
const small = join(folder, "small");
mkdirSync(small);

/** A disk of 2 MB; mounting takes root rights, which not every machine gives. */
const mounted = ((): boolean => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", small], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
afterAll(() => {
  if (mounted) execFileSync("umount", [small]);
});

describe("a full disk", () => {
  test("fails import, training and evaluation with a code, and loses nothing that was there", async (context) => {
    if (!mounted) context.skip("mounting a small tmpfs takes root rights");
    writeFileSync(join(folder, "ratings.csv"), clubCsv());
    const workspace = ["--workspace", join(small, ".penchant")];
    await answer(small, "import", join(folder, "ratings.csv"), ...workspace);
    await answer(small, "train", "gmf", "--run", "first", "--epochs", "1", ...workspace);
    writeFileSync(join(folder, "large.csv"), clubCsv({ users: 6000, items: 900, each: 60 }));
    const imported = await failure(small, ["import", join(folder, "large.csv"), ...workspace]);
    expect(imported.code).toBe("DATA_WRITE");
    expect(imported.message + imported.fix).toMatch(/disk is full|space/);
    const trained = await failure(small, ["train", "neumf", "--epochs", "1", "--set", "factors=400", ...workspace]);
    expect(["ARTIFACT_WRITE", "TRAIN_CHECKPOINT", "WORKSPACE_DISK_FULL"]).toContain(trained.code);
    const { items } = await answer<{ items: object[] }>(small, "recommend", "first", "--user", "user-1", ...workspace);
    expect(items).toHaveLength(10);
  });

  test("leaves no litter: no lock, no half drawing", async (context) => {
    if (!mounted) context.skip("mounting a small tmpfs takes root rights");
    const workspace = ["--workspace", join(small, ".penchant")];
    const filler = openSync(join(small, "filler"), "w");
    expect(() => {
      for (;;) writeSync(filler, Buffer.alloc(4096));
    }).toThrow("ENOSPC");
    closeSync(filler);
    const ratings = join(folder, "ratings.csv");
    const imported = await failure(small, ["import", ratings, "--name", "n2", ...workspace]);
    // The few bytes of a lock may still find room.
    expect(["WORKSPACE_DISK_FULL", "DATA_WRITE"]).toContain(imported.code);
    expect(imported.message + imported.fix).toMatch(/disk is full|space/);
    const drawing = ["summary", "neumf", "--svg", join(small, "neumf.svg")];
    expect((await failure(small, drawing)).code).toBe("WORKSPACE_DISK_FULL");
    rmSync(join(small, "filler"));
  });
});
