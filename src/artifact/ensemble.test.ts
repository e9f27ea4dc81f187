import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import { loadArtifact, loadSaved, readManifest, readUsers, saveArtifact, saveSaved, updateMetadata } from "./index.ts";
import type { Ensemble } from "./types.ts";

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "penchant-ensemble-"));
  run = join(folder, "together");
});
afterEach(() => rmSync(folder, { recursive: true }));

function tinyEnsemble(): Ensemble {
  const one = { ...tinyArtifact(), unlearned: tinyUnlearned };
  const parameters = Object.fromEntries(Object.entries(one.parameters).map(([name, x]) => [name, x.map((y) => -y)]));
  const { users, items, history, popularity, metadata } = one;
  const config = { fuse: "standardized", members: ["1", "0"], weights: [0.25, 0.75] };
  return {
    ...{ fusion: "standardized", users, items, history, popularity, unlearned: tinyUnlearned },
    metadata: { ...metadata, model: { name: "ensemble", title: "Ensemble of runs", task: "ensemble", config } },
    members: [
      { run: "1", weight: 0.25, artifact: one },
      { run: "0", weight: 0.75, artifact: { ...one, parameters } },
    ],
  };
}

/** Changes the manifest of the ensemble. */
function tamper(change: (text: string) => string): void {
  const path = join(run, "artifact.json");
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

describe("a saved ensemble", () => {
  test("is loaded as it was, its members in their order", async () => {
    const ensemble = tinyEnsemble();
    await saveSaved(run, ensemble);
    expect(await loadSaved(run)).toEqual(ensemble);
    expect(await readUsers(run)).toEqual(ensemble.users);
    expect(JSON.parse(readFileSync(join(run, "artifact.json"), "utf8")).formatVersion).toBe(3);
  });
  test("is no run with weights of its own, and says whose members to take", async () => {
    await saveSaved(run, tinyEnsemble());
    await expect(loadArtifact(run)).rejects.toMatchObject({
      code: "ARTIFACT_ENSEMBLE",
      fix: expect.stringContaining("1, 0"),
    });
  });
  test("keeps its members where metadata is noted", async () => {
    await saveSaved(run, tinyEnsemble());
    await updateMetadata(run, (now) => ({ ...now, metrics: { noted: 1 } }));
    expect((await readManifest(run)).metadata.metrics).toEqual({ noted: 1 });
    expect(await loadSaved(run)).toMatchObject({ fusion: "standardized", members: [{ run: "1" }, { run: "0" }] });
  });
  test("that contradicts itself is not written at all", async () => {
    const ensemble = tinyEnsemble();
    const [first, second] = ensemble.members;
    const broken = { ...second, artifact: { ...second?.artifact, users: ["anna"] } } as typeof first;
    await expect(saveSaved(run, { ...ensemble, members: [first, broken] } as Ensemble)).rejects.toThrow();
    expect(existsSync(run)).toBe(false);
  });
  test.each([
    ["a member that is gone", () => rmSync(join(run, "members/2"), { recursive: true })],
    ["a member that was changed", () => writeFileSync(join(run, "members/2/artifact.json"), "{}")],
    ["an unknown fusion", () => tamper((text) => text.replace('"fuse": "standardized"', '"fuse": "by magic"'))],
    ["a weight that is none", () => tamper((text) => text.replace("0.75", "-1"))],
    ["a weight too few", () => tamper((text) => text.replace(/0\.25,\s*0\.75/, "0.25"))],
    [
      "a file that is not named",
      () => tamper((text) => text.replace("members/2/artifact.json", "members/3/artifact.json")),
    ],
  ])("with %s: ARTIFACT_CORRUPT", async (_, damage) => {
    await saveSaved(run, tinyEnsemble());
    damage();
    await expect(loadSaved(run)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });
  test("weights of a member that were changed: ARTIFACT_CORRUPT", async () => {
    await saveSaved(run, tinyEnsemble());
    const path = join(run, "members/1/weights.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
    writeFileSync(path, bytes);
    await expect(loadSaved(run)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });
});
test("a run is loaded as a run, and written for older readers", async () => {
  await saveArtifact(run, tinyArtifact());
  expect(await loadSaved(run)).toEqual(tinyArtifact());
  expect(JSON.parse(readFileSync(join(run, "artifact.json"), "utf8")).formatVersion).toBe(2);
});
