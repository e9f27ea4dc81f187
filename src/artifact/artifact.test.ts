import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import { loadArtifact, readManifest, saveArtifact, updateMetadata } from "./index.ts";
import type { Artifact } from "./types.ts";

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "penchant-artifact-"));
  run = join(folder, "runs", "first");
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (name: string) => readFileSync(join(run, name));
const text = (name: string) => readFileSync(join(run, name), "utf8");

/** Changes a file of the run; with `cover`, its checksum in the manifest as well, as a careful vandal would. */
function tamper(name: string, change: (content: string) => string, cover = true): void {
  const before = bytes(name);
  writeFileSync(join(run, name), Buffer.from(change(before.toString("latin1")), "latin1"));
  if (!cover) return;
  const sum = (content: Buffer) => createHash("sha256").update(content).digest("hex");
  const manifest = text("artifact.json").replace(sum(before), sum(bytes(name)));
  const sized = manifest.replace(`"bytes": ${before.length},`, `"bytes": ${bytes(name).length},`);
  writeFileSync(join(run, "artifact.json"), sized);
}
const load = () => loadArtifact(run);
const newcomer = {
  ...{ users: "factors/user", items: "factors/item" },
  ...{ unobserved: 1, offset: 0, l2: 0.1, exponent: 0 },
};

describe("a saved run", () => {
  test("is loaded as it was", async () => {
    const artifact = tinyArtifact();
    await saveArtifact(run, artifact);
    expect(await load()).toEqual(artifact);
  });
  test("keeps what was met without being learned from apart from the history", async () => {
    const artifact = { ...tinyArtifact(), unlearned: tinyUnlearned };
    await saveArtifact(run, artifact);
    expect(await load()).toEqual(artifact);
    await saveArtifact(run, { ...artifact, unlearned: { ...tinyUnlearned, values: undefined } }, { overwrite: true });
    expect((await load()).unlearned).toEqual({ offsets: tinyUnlearned.offsets, items: tinyUnlearned.items });
  });
  test("may lack the optional plans and the values", async () => {
    const { plans, history, ...rest } = tinyArtifact();
    const bare: Artifact = { ...rest, plans: { score: plans.score }, history: { ...history, values: undefined } };
    await saveArtifact(run, bare);
    const loaded = await load();
    expect(Object.keys(loaded.plans)).toEqual(["score"]);
    expect(loaded.history.values).toBeUndefined();
  });
  test("is five files and nothing beside them", async () => {
    await saveArtifact(run, tinyArtifact());
    expect(readdirSync(run)).toEqual(["artifact.json", "items.ids", "plans.json", "users.ids", "weights.safetensors"]);
    expect(readdirSync(join(folder, "runs"))).toEqual(["first"]);
  });
  test("shows what it is in readable JSON", async () => {
    await saveArtifact(run, tinyArtifact());
    expect(JSON.parse(text("artifact.json"))).toMatchObject({
      format: "penchant-run",
      formatVersion: 2,
      metadata: { packageVersion: "0.1.0", model: { name: "tiny" }, dataset: { fingerprint: "f00d" } },
      files: { "users.ids": { bytes: 34 } },
    });
  });
  test("can be described without its weights", async () => {
    await saveArtifact(run, tinyArtifact());
    rmSync(join(run, "weights.safetensors"));
    expect((await readManifest(run)).metadata).toEqual(tinyArtifact().metadata);
  });
  test("gets new metrics without touching the rest", async () => {
    await saveArtifact(run, tinyArtifact());
    const weights = bytes("weights.safetensors");
    await updateMetadata(run, (metadata) => ({ ...metadata, metrics: { auc: 0.9 } }));
    expect((await load()).metadata.metrics).toEqual({ auc: 0.9 });
    expect(bytes("weights.safetensors")).toEqual(weights);
    expect(readdirSync(run).length).toBe(5);
  });
});

describe("saving", () => {
  test("throws ARTIFACT_EXISTS over a run, unless asked to overwrite it", async () => {
    await saveArtifact(run, tinyArtifact());
    const next = { ...tinyArtifact(), metadata: { ...tinyArtifact().metadata, seed: 2 } };
    await expect(saveArtifact(run, next)).rejects.toMatchObject({ code: "ARTIFACT_EXISTS" });
    expect((await load()).metadata.seed).toBe(1);
    await saveArtifact(run, next, { overwrite: true });
    expect((await load()).metadata.seed).toBe(2);
    expect(readdirSync(join(folder, "runs"))).toEqual(["first"]);
  });
  test("never replaces a directory that is no run", async () => {
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, "thesis.txt"), "years of work");
    await expect(saveArtifact(run, tinyArtifact(), { overwrite: true })).rejects.toMatchObject({
      code: "ARTIFACT_EXISTS",
    });
    expect(readdirSync(run)).toEqual(["thesis.txt"]);
  });
  test("fills an empty directory", async () => {
    mkdirSync(run, { recursive: true });
    await saveArtifact(run, tinyArtifact());
    expect((await load()).users.length).toBe(4);
  });
  test("throws ARTIFACT_WRITE where it cannot write, and leaves nothing behind", async () => {
    writeFileSync(join(folder, "runs"), "a file where a directory should be");
    await expect(saveArtifact(run, tinyArtifact())).rejects.toMatchObject({ code: "ARTIFACT_WRITE" });
    expect(readdirSync(folder)).toEqual(["runs"]);
  });
  test("an artifact that contradicts itself is refused before anything is written", async () => {
    const artifact = tinyArtifact();
    const broken: [string, Artifact][] = [
      ["ARTIFACT_SHAPE", { ...artifact, users: ["one"] }],
      ["ARTIFACT_SHAPE", { ...artifact, popularity: new Float32Array(8) }],
      ["ARTIFACT_SHAPE", { ...artifact, parameters: { ...artifact.parameters, "bias/item": new Float32Array(3) } }],
      ["ARTIFACT_SHAPE", { ...artifact, parameters: {} }],
      ["ARTIFACT_CORRUPT", { ...artifact, history: { ...artifact.history, items: new Int32Array(10).fill(9) } }],
    ];
    for (const [code, each] of broken) await expect(saveArtifact(run, each)).rejects.toMatchObject({ code });
    expect(readdirSync(join(folder, "runs"))).toEqual([]);
  });
  test("a run whose replacement was interrupted between two renames is still found", async () => {
    await saveArtifact(run, tinyArtifact());
    renameSync(run, `${run}~`);
    expect((await load()).users.length).toBe(4);
    await saveArtifact(run, tinyArtifact());
    expect((await load()).users.length).toBe(4);
  });
});

describe("loading refuses", () => {
  beforeEach(() => saveArtifact(run, tinyArtifact()));
  const refused = (code: string) => expect(load()).rejects.toMatchObject({ code });

  test("a path without a run: ARTIFACT_MISSING", async () => {
    await expect(loadArtifact(join(folder, "nothing"))).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
    await expect(loadArtifact(folder)).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
  });
  test("a newer format: ARTIFACT_VERSION, naming the version to install", async () => {
    const newer = text("artifact.json").replace('"formatVersion": 2', '"formatVersion": 4').replace("0.1.0", "3.1.4");
    writeFileSync(join(run, "artifact.json"), newer);
    await expect(load()).rejects.toMatchObject({ code: "ARTIFACT_VERSION", fix: "Install penchant 3.1.4 or newer." });
  });
  test.each(["weights.safetensors", "plans.json", "users.ids", "items.ids"])(
    "%s missing, cut short, or with one byte changed: ARTIFACT_CORRUPT",
    async (name) => {
      const path = join(run, name);
      copyFileSync(path, join(folder, "kept"));
      truncateSync(path, bytes(name).length - 1);
      await refused("ARTIFACT_CORRUPT");
      copyFileSync(join(folder, "kept"), path);
      tamper(
        name,
        (content) => `${content.slice(0, -2)}${content.at(-2) === "A" ? "B" : "A"}${content.slice(-1)}`,
        false,
      );
      await refused("ARTIFACT_CORRUPT");
      rmSync(path);
      await refused("ARTIFACT_CORRUPT");
    },
  );
  test.each([
    ["cut short", (manifest: string) => manifest.slice(0, 200)],
    ["empty", () => ""],
    ["a list", () => "[]"],
    ["of another format", (manifest: string) => manifest.replace("penchant-run", "penchant-walk")],
    ["of version 0", (manifest: string) => manifest.replace('"formatVersion": 2', '"formatVersion": 0')],
    ["without a seed", (manifest: string) => manifest.replace('"seed": 1,\n    "training"', '"training"')],
    ["without a model", (manifest: string) => manifest.replace('"model"', '"modal"')],
    ["without a checksum", (manifest: string) => manifest.replace('"sha256"', '"md5"')],
  ])("a manifest that is %s: ARTIFACT_CORRUPT", async (_problem, change) => {
    writeFileSync(join(run, "artifact.json"), change(text("artifact.json")));
    await refused("ARTIFACT_CORRUPT");
  });
  test("weights with a wrong shape: ARTIFACT_SHAPE", async () => {
    tamper("weights.safetensors", (content) => content.replace('"shape":[9,2]', '"shape":[2,9]'));
    await expect(load()).rejects.toMatchObject({
      code: "ARTIFACT_SHAPE",
      details: { name: "factors/item" },
      message: expect.stringContaining("[9, 2]") as string,
    });
  });
  test("weights under another name: ARTIFACT_SHAPE", async () => {
    tamper("weights.safetensors", (content) => content.replace('"factors/user"', '"factors/used"'));
    await refused("ARTIFACT_SHAPE");
  });
  test("an id too many: ARTIFACT_SHAPE", async () => {
    tamper("users.ids", (content) => `${content}"one more"\n`);
    await refused("ARTIFACT_SHAPE");
  });
  test("a history that is not one: ARTIFACT_CORRUPT", async () => {
    tamper("weights.safetensors", (content) => content.replace("#history/items", "#history/itemz"));
    await refused("ARTIFACT_CORRUPT");
  });
  test.each([
    ["too few rows", { ...tinyUnlearned, offsets: Int32Array.of(0, 2, 3, 4) }, "ARTIFACT_SHAPE"],
    ["too few values", { ...tinyUnlearned, values: Float32Array.of(1) }, "ARTIFACT_SHAPE"],
    ["an item beyond the catalogue", { ...tinyUnlearned, items: Int32Array.of(5, 9, 6, 0) }, "ARTIFACT_CORRUPT"],
  ])("to save rows that were not learned from with %s", async (_problem, unlearned, code) => {
    await expect(saveArtifact(join(folder, "other"), { ...tinyArtifact(), unlearned })).rejects.toMatchObject({ code });
  });
  test.each([
    ["an unknown op", (plans: string) => plans.replace('"gather"', '"gothic"')],
    ["a forward reference", (plans: string) => plans.replace('"inputs":[0,1]', '"inputs":[0,99]')],
    ["no score", (plans: string) => plans.replace('"score"', '"scare"')],
    ["no JSON", (plans: string) => plans.slice(1)],
    ["another type", () => '{"score":7}'],
  ])("plans with %s: ARTIFACT_CORRUPT", async (_problem, change) => {
    tamper("plans.json", change);
    await refused("ARTIFACT_CORRUPT");
  });
  /** Plans as they were saved, changed as data. */
  const plansWith = (change: (plans: Record<string, unknown>) => Record<string, unknown>) =>
    tamper("plans.json", (plans) => JSON.stringify(change(JSON.parse(plans))));
  const fitted = { columns: [{ name: "age", kind: "number", width: 1 }], width: 1 };
  test.each<[string, (plans: Record<string, unknown>) => unknown]>([
    ["itemTables", ({ score }) => score],
    ["newcomer", () => newcomer],
    ["features", () => ({ users: fitted, items: fitted, context: { ...fitted, told: ["place"], end: 4 } })],
    ["features", () => ({})],
  ])("nothing where there are %s", async (name, told) => {
    plansWith((plans) => ({ ...plans, [name]: told(plans) }));
    const saved = JSON.parse(text("plans.json")) as Record<string, unknown>;
    expect(((await load()).plans as unknown as Record<string, unknown>)[name]).toEqual(saved[name]);
  });
  test.each<[string, unknown, string, unknown?]>([
    ["score", 7, "score is 7: expected an object"],
    ["score", [], "score is []: expected an object"],
    ["foldIn", 7, "foldIn is 7: expected an object"],
    ["foldIn", { userParameters: [] }, "foldIn.score is nothing: expected an object"],
    ["foldIn", { score: {} }, "foldIn.userParameters is nothing: expected a list"],
    ["foldIn", { score: {}, userParameters: [7] }, "foldIn.userParameters[0] is 7: expected a text"],
    ["history", 7, "history is 7: expected an object"],
    ["history", { score: 7, userParameters: [] }, "history.score is 7: expected an object"],
    ["history", { score: {}, userParameters: "" }, 'history.userParameters is "": expected a list'],
    ["influence", 7, "influence is 7: expected an object"],
    ["itemVectors", 7, "itemVectors is 7: expected an object"],
    ["itemTables", 7, "itemTables is 7: expected an object"],
    ["newcomer", 7, "newcomer is 7: expected an object"],
    ["features", 7, "features is 7: expected an object"],
    ...["users", "items", "context"].flatMap((side): [string, unknown, string][] => [
      ["features", { [side]: 7 }, `features.${side} is 7: expected an object`],
      ["features", { [side]: { ...fitted, columns: 7 } }, `features.${side}.columns is 7: expected a list`],
      ["features", { [side]: { ...fitted, width: 0.5 } }, `features.${side}.width is 0.5: expected a whole number`],
      ...["name", "kind", "width"].map((field): [string, unknown, string] => [
        "features",
        { [side]: { ...fitted, columns: [{ ...fitted.columns[0], [field]: true }] } },
        `features.${side}.columns[0].${field} is true: expected`,
      ]),
    ]),
    ["features", { context: fitted }, "features.context.told is nothing: expected a list"],
    ["features", { context: { ...fitted, told: [7] } }, "features.context.told[0] is 7: expected a text"],
    ["features", { context: { ...fitted, told: [], end: "" } }, 'features.context.end is "": expected a number'],
  ])("plans where %s is %j: ARTIFACT_CORRUPT with its path", async (name, value, told) => {
    plansWith((plans) => ({ ...plans, [name]: value }));
    const message = expect.stringContaining(`plans.json is damaged: ${told}`) as string;
    await expect(load()).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", message });
  });
  test("plans that are no UTF-8: ARTIFACT_CORRUPT", async () => {
    tamper("plans.json", (plans) => plans.replace("{", '{"note":"\xff",'));
    await refused("ARTIFACT_CORRUPT");
  });
  test("a manifest that is no UTF-8: ARTIFACT_CORRUPT", async () => {
    writeFileSync(
      join(run, "artifact.json"),
      Buffer.from(text("artifact.json").replace("{", '{"note":"\xff",'), "latin1"),
    );
    await refused("ARTIFACT_CORRUPT");
  });
  test("a directory in the place of a file: ARTIFACT_CORRUPT", async () => {
    rmSync(join(run, "users.ids"));
    mkdirSync(join(run, "users.ids"));
    await refused("ARTIFACT_CORRUPT");
  });
});
