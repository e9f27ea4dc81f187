import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { UserMetrics } from "../evaluate/index.ts";
import { readUserValues, ValueCollector, withoutUserValues, writeUserValues } from "./user-values.ts";

const labels = ["hr@10", "ndcg@10", "recall@10"];
const full: UserMetrics = {
  users: Int32Array.of(0, 2, 5),
  labels,
  cells: Float64Array.of(1, 0.5, 1, 0, 0, 0, 1, 0.25, 1),
  width: 3,
};

function collected() {
  const collector = new ValueCollector();
  collector.add(full, "full", "run");
  collector.add({ ...full, cells: full.cells.map((value) => value / 2) }, "full", "popularity");
  collector.add(full, "full", "random");
  return collector.values;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "penchant-values-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("values by user", () => {
  test("come back as they were written, those of random scores left out", async () => {
    const kept = await writeUserValues(folder, 10, collected());
    const read = await readUserValues(folder, kept);
    expect([...(read.get("full")?.keys() ?? [])]).toEqual(["run", "popularity"]);
    expect(read.get("full")?.get("run")).toEqual(full);
    expect(read.get("full")?.get("popularity")?.cells[1]).toBe(0.25);
  });
  test("columns that are equal are kept once", async () => {
    const { file } = await writeUserValues(folder, 10, collected());
    const header = readFileSync(join(folder, file)).toString("latin1");
    expect(header).toContain('"full/run/hr@10":{');
    expect(header).not.toContain('"full/run/recall@10":{');
  });
  test("a second measurement takes the place of the first", async () => {
    const first = await writeUserValues(folder, 10, collected());
    const second = await writeUserValues(folder, 10, withoutUserValues(collected(), 2));
    expect((await readUserValues(folder, second)).get("full")?.get("run")?.users).toEqual(Int32Array.of(0, 4));
    await expect(readUserValues(folder, first)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });
  test("without a user: that row is gone, and those behind move up with the run's rows", () => {
    expect(withoutUserValues(collected(), 2).get("full")?.get("run")).toEqual({
      users: Int32Array.of(0, 4),
      labels,
      cells: Float64Array.of(1, 0.5, 1, 1, 0.25, 1),
      width: 3,
    });
    expect(withoutUserValues(collected(), 3).get("full")?.get("run")?.users).toEqual(Int32Array.of(0, 2, 4));
  });
  test("damage is told: a changed byte, a missing file, another name", async () => {
    const kept = await writeUserValues(folder, 10, collected());
    const path = join(folder, kept.file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const damaged = { code: "ARTIFACT_CORRUPT" };
    await expect(readUserValues(folder, kept)).rejects.toMatchObject(damaged);
    rmSync(path);
    await expect(readUserValues(folder, kept)).rejects.toMatchObject(damaged);
    await expect(readUserValues(folder, { ...kept, file: "../users-k10.safetensors" })).rejects.toMatchObject(damaged);
  });
});
