import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { coded, temporaryFile, temporaryFolder } from "../../../test/support/folder.ts";
import { type Dataset, importDataset } from "../dataset.ts";
import { loadDataset, loadReport, saveDataset } from "./store.ts";

const csv = 'user,item,rating,time\n007,x,4,100\n7,"日 本",5,200\n" 7",🎬,1,\n7,x,2,300\n';

async function saved(): Promise<{ folder: string; dataset: Dataset; bin: string }> {
  const dataset = await importDataset(temporaryFile("x.csv", csv));
  const folder = join(temporaryFolder(), "films");
  await saveDataset(folder, dataset);
  const bin = readdirSync(folder).find((name) => name.endsWith(".bin")) ?? "";
  return { folder, dataset, bin: join(folder, bin) };
}

function editIndex(folder: string, change: (index: Record<string, unknown>) => void): void {
  const path = join(folder, "dataset.json");
  const index = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  change(index);
  writeFileSync(path, JSON.stringify(index));
}

describe("a saved data set", () => {
  test("is loaded as it was, ids byte for byte", async () => {
    const { folder, dataset } = await saved();
    const loaded = await loadDataset(folder);
    expect(loaded.interactions.users.toArray()).toEqual(["007", "7", " 7"]);
    expect(loaded.interactions.items.toArray()).toEqual(["x", "日 本", "🎬"]);
    expect(loaded.interactions.byUser).toEqual(dataset.interactions.byUser);
    expect(loaded.interactions.fingerprint()).toBe(dataset.interactions.fingerprint());
    expect(loaded.report).toEqual(dataset.report);
    expect(loaded.interactions.users.index("日 本")).toBeUndefined();
    expect(await loadReport(folder)).toEqual({ ...dataset.report, fingerprint: dataset.interactions.fingerprint() });
  });

  test("keeps the parts of a benchmark", async () => {
    const source = temporaryFolder({
      "t.train.rating": "0\t10\t5\t1\n1\t11\t4\t2\n",
      "t.test.rating": "0\t12\t5\t3\n",
      "t.test.negative": "(0,12)\t20\t11\n",
    });
    const dataset = await importDataset(source);
    const folder = temporaryFolder();
    await saveDataset(folder, dataset);
    const { given } = await loadDataset(folder);
    expect(given?.test.fingerprint()).toBe(dataset.given?.test.fingerprint());
    expect(given?.candidates).toEqual({ offsets: Int32Array.of(0, 2, 2), items: Int32Array.of(1, 3) });
    expect(given?.validation).toBeUndefined();
  });

  test("is replaced by another one without leaving anything behind", async () => {
    const { folder } = await saved();
    const other = await importDataset(temporaryFile("y.csv", "user,item\na,b\nc,d\n"));
    await saveDataset(folder, other);
    expect((await loadDataset(folder)).interactions.fingerprint()).toBe(other.interactions.fingerprint());
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("is refused when it is missing, newer, cut, changed or mixed up", async () => {
    await coded("DATA_STORED_MISSING", () => loadDataset(temporaryFolder()));
    await coded("DATA_STORED_MISSING", () => loadDataset(join(temporaryFolder(), "nowhere")));
    const damages: readonly [code: string, (where: { folder: string; bin: string }) => void][] = [
      ["DATA_STORED_VERSION", ({ folder }) => editIndex(folder, (index) => Object.assign(index, { version: 3 }))],
      ["DATA_STORED_CORRUPT", ({ bin }) => truncateSync(bin, 40)],
      ["DATA_STORED_CORRUPT", ({ bin }) => appendFileSync(bin, "x")],
      ["DATA_STORED_CORRUPT", ({ bin }) => rmSync(bin)],
      ["DATA_STORED_CORRUPT", ({ bin }) => writeFileSync(bin, readFileSync(bin).fill(7, 100, 101))],
      ["DATA_STORED_CORRUPT", ({ folder }) => truncateSync(join(folder, "dataset.json"), 30)],
      ["DATA_STORED_CORRUPT", ({ folder }) => writeFileSync(join(folder, "dataset.json"), "[]")],
      ["DATA_STORED_CORRUPT", ({ folder }) => editIndex(folder, (index) => Object.assign(index, { fingerprint: "0" }))],
      [
        "DATA_STORED_CORRUPT",
        ({ folder }) => editIndex(folder, (index) => Object.assign(index, { arrays: undefined })),
      ],
      [
        "DATA_STORED_CORRUPT",
        ({ folder }) =>
          editIndex(folder, (index) => {
            (index["arrays"] as { sections: { offset: number }[] }).sections[4] = { offset: 8 };
          }),
      ],
      [
        "DATA_STORED_CORRUPT",
        ({ folder }) =>
          editIndex(folder, (index) => {
            (index["arrays"] as { sections: { length: number }[] }).sections.pop();
            (index["arrays"] as { sections: { length: number }[] }).sections.forEach((section) => {
              section.length = 1e9;
            });
          }),
      ],
    ];
    for (const [code, damage] of damages) {
      const { folder, bin } = await saved();
      damage({ folder, bin });
      await coded(code, () => loadDataset(folder));
    }
  });

  test("of an older version is refused, with the way to a new one", async () => {
    const { folder, dataset } = await saved();
    editIndex(folder, (index) => Object.assign(index, { version: 1 }));
    const { message, fix } = await coded("DATA_STORED_VERSION", () => loadDataset(folder));
    expect(message).toContain("did not keep the order of the file");
    expect(fix).toBe(`Import it again from ${dataset.report.source.source}, with --name films.`);
  });

  test("that cannot be written is an error and leaves nothing half done", async () => {
    const { dataset, folder } = await saved();
    const file = temporaryFile("occupied", "");
    await coded("DATA_WRITE", () => saveDataset(file, dataset));
    mkdirSync(join(folder, `arrays.${process.pid}.bin`));
    await coded("DATA_WRITE", () => saveDataset(folder, dataset));
    rmSync(join(folder, `arrays.${process.pid}.bin`), { recursive: true });
    expect((await loadDataset(folder)).interactions.size).toBe(dataset.interactions.size);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
