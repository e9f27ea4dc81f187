import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { importDataset } from "./dataset.ts";
import { extendDataset } from "./extend.ts";
import type { Interactions } from "./interactions.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-extend-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = "user,item,rating,time";
const first = ["ann,a,5,100", "bob,a,1,200", "ann,b,4,300", "bob,c,2,400", "eve,b,3,500"];
const second = ["eve,d,5,600", "zoe,a,4,700", "ann,a,2,800", "bob,a,9,150", "zoe,e,1,900"];
function file(name: string, rows: readonly string[]): string {
  writeFileSync(join(folder, name), `${[header, ...rows].join("\n")}\n`);
  return join(folder, name);
}
const rowsOf = (all: Interactions) =>
  [...all].map(({ user, item, value, time }) => [all.users.id(user), all.items.id(item), value, time].join(" "));

describe.each(["last", "sum"] as const)("a data set with the rows of another file (duplicates: %s)", (duplicates) => {
  test("is the one that both files would give as one: ids, rows, order and report", async () => {
    const whole = await importDataset(file("whole.csv", [...first, ...second]), { duplicates });
    const part = await importDataset(file("first.csv", first), { duplicates });
    const { dataset, added } = await extendDataset(part, file("second.csv", second), {});
    expect(dataset.interactions.fingerprint()).toBe(whole.interactions.fingerprint());
    expect(rowsOf(dataset.interactions)).toEqual(rowsOf(whole.interactions));
    const { source: _, warnings: __, ...report } = whole.report;
    expect(dataset.report).toMatchObject(report);
    expect(added).toEqual({ rows: 5, rejected: 0, users: 1, items: 2, interactions: 3 });
    expect(dataset.report.warnings.at(-1)).toMatchObject({ code: "extended" });
  });
});

describe("extending", () => {
  test("keeps the index of every known id, and leaves the first data set as it was", async () => {
    const part = await importDataset(file("first.csv", first));
    const before = part.interactions.fingerprint();
    const { dataset } = await extendDataset(part, file("second.csv", second), {});
    expect([...dataset.interactions.users].slice(0, 3)).toEqual([...part.interactions.users]);
    expect([...dataset.interactions.items].slice(0, 3)).toEqual([...part.interactions.items]);
    expect([part.interactions.users.size, part.interactions.items.size]).toEqual([3, 3]);
    expect((await importDataset(file("first.csv", first))).interactions.fingerprint()).toBe(before);
  });
  test("context that the other file does not tell is not known, and is said; a log tells it under its own name", async () => {
    writeFileSync(join(folder, "told.csv"), "user,item,device\nann,a,phone\nbob,b,tv\n");
    const told = await importDataset(join(folder, "told.csv"), { context: ["device"] });
    writeFileSync(join(folder, "log.csv"), "user,item,context.device\neve,a,watch\n");
    const { dataset } = await extendDataset(told, join(folder, "log.csv"), {});
    expect(dataset.features?.context?.[0]).toMatchObject({ name: "device", values: ["phone", "tv", "watch"] });
    expect(dataset.report.warnings.map(({ code }) => code)).not.toContain("context-lacking");
    const bare = (await extendDataset(told, file("second.csv", second), {})).dataset;
    expect(bare.features?.context?.[0]?.values.slice(2)).toEqual(Array(second.length).fill(null));
    expect(bare.report.warnings.at(-1)).toMatchObject({
      code: "context-lacking",
      message: expect.stringContaining("device"),
    });
  });
  test("keeps the parts that a benchmark holds out, with rows for the new users", async () => {
    const part = await importDataset(file("first.csv", first));
    const { users, items, byUser } = part.interactions;
    const given = { test: part.interactions, candidates: byUser };
    const { dataset } = await extendDataset({ ...part, given }, file("second.csv", second), {});
    expect(rowsOf(dataset.given?.test ?? part.interactions)).toEqual(rowsOf(part.interactions));
    expect(dataset.given?.test.users.size).toBe(users.size + 1);
    expect(dataset.given?.test.items.size).toBe(items.size + 2);
    expect(dataset.given?.candidates?.offsets).toHaveLength(users.size + 2);
  });
  test("leaves out times of new rows where the first ones have none: half of them would be no order", async () => {
    writeFileSync(join(folder, "timeless.csv"), "user,item\nann,a\nbob,b\n");
    const { dataset } = await extendDataset(
      await importDataset(join(folder, "timeless.csv")),
      file("second.csv", second),
      {},
    );
    expect(dataset.interactions.byUser.times).toBeUndefined();
    expect(dataset.interactions.users.size).toBe(4);
  });
  test("reads the columns of the first file by their names, wherever they stand", async () => {
    const part = await importDataset(file("first.csv", first));
    writeFileSync(join(folder, "other.csv"), "time,rating,item,user,extra\n600,5,d,eve,1\n700,4,a,zoe,2\n");
    const { dataset } = await extendDataset(part, join(folder, "other.csv"), {});
    expect(rowsOf(dataset.interactions)).toEqual(expect.arrayContaining(["eve d 5 600", "zoe a 4 700"]));
    writeFileSync(join(folder, "lacks.csv"), "who,what\neve,d\n");
    await expect(extendDataset(part, join(folder, "lacks.csv"), {})).rejects.toMatchObject({ code: "DATA_COLUMN" });
  });
});
