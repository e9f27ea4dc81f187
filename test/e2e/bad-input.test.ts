import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, clubFolder, failure, penchant, scratch } from "./cli.ts";

const good = clubCsv();
const [header = "", ...rows] = good.trimEnd().split("\n");
const csv = (lines: readonly string[], names = header): string => `${[names, ...lines].join("\n")}\n`;
/** Every nth row replaced. */
const spoilt = (every: number, line: string): string => csv(rows.map((row, i) => (i % every === 0 ? line : row)));

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "gmf", "--run", "first", "--epochs", "1");
});

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

describe("import refuses, with one coded error and the workspace untouched", () => {
  test.each<[name: string, code: string, content: string | Buffer]>([
    ["an empty file", "DATA_EMPTY", ""],
    ["blank lines alone", "DATA_EMPTY", "\n \n\n"],
    ["binary garbage", "DATA_BINARY", Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))],
    ["a header alone", "DATA_EMPTY", `${header}\n`],
    [
      "one column",
      "DATA_COLUMNS",
      csv(
        rows.map((row) => row.split(",")[0] ?? ""),
        "userId",
      ),
    ],
    ["90 % malformed lines", "DATA_MALFORMED", csv(rows.map((row, i) => (i % 10 === 0 ? row : "what,ever")))],
    ["a single user", "DATA_TOO_SMALL", csv(rows.map((row) => row.replace(/^user-\d+/, "user-1")))],
    ["a single item", "DATA_TOO_SMALL", csv(rows.map((row) => row.replace(/film-\d+/, "film-1")))],
    ["nothing but NaN values", "DATA_MALFORMED", csv(rows.map((row) => row.replace(/,\d,/, ",NaN,")))],
  ])("%s: %s", async (name, code, content) => {
    const file = write(`${name.replace(/\W+/g, "-")}.csv`, content);
    expect((await failure(folder, ["import", file])).code).toBe(code);
  });

  test("a single user beside malformed lines, which are counted", async () => {
    const file = write("lines.csv", csv(["a,x,5,1", "a,y,4,2", "b,z,no,3"]));
    const error = await failure(folder, ["import", file]);
    expect(error.code).toBe("DATA_TOO_SMALL");
    expect(error.message).toContain("one malformed line left out, the first is line 4");
  });

  test("a file that is not there, naming the nearest", async () => {
    const error = await failure(folder, ["import", "rating.csv"]);
    expect(error).toMatchObject({ code: "DATA_FILE_MISSING", fix: expect.stringContaining("ratings.csv") });
  });

  test("a folder of files that do not belong together, naming the one that is likely meant", async () => {
    mkdirSync(join(folder, "some"));
    writeFileSync(join(folder, "some", "a-films.csv"), "movieId,title\nfilm-1,One\nfilm-2,Two\n");
    writeFileSync(join(folder, "some", "ratings.csv"), good);
    const error = await failure(folder, ["import", "some"]);
    expect(error).toMatchObject({
      code: "DATA_PARTS",
      fix: expect.stringContaining("penchant import some/ratings.csv"),
    });
  });

  test("a column that is not there, listing those that are", async () => {
    const error = await failure(folder, ["import", "ratings.csv", "--user", "userid2"]);
    expect(error.code).toBe("DATA_COLUMN");
    expect(error.message + error.fix).toContain("userId");
  });

  test("a single malformed line under --strict, with its number", async () => {
    const file = write("strict.csv", csv([...rows.slice(0, 50), "broken", ...rows.slice(50)]));
    const error = await failure(folder, ["import", file, "--strict"]);
    expect(error).toMatchObject({ code: "DATA_MALFORMED", message: expect.stringContaining("line 52") });
  });

  test("a name that cannot be a folder's", async () => {
    expect((await failure(folder, ["import", "ratings.csv", "--name", "../x"])).code).toBe("WORKSPACE_NAME");
  });
});

interface Imported {
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly rejectedLines: readonly { line: number; text: string; reason: string }[];
  readonly warnings: readonly { code: string; message: string }[];
}

describe("import reads, and says what it met", () => {
  const importing = async (name: string, content: string | Buffer): Promise<Imported> =>
    answer<Imported>(folder, "import", write(name, content), "--name", "odd");

  test("5 % malformed lines are counted and shown with number and text", async () => {
    const imported = await importing("malformed.csv", spoilt(20, "no,way"));
    expect(imported.rejected).toBe(288);
    expect(imported.rejectedLines[0]).toMatchObject({ line: 2, text: "no,way" });
    expect(imported.interactions).toBe(5760 - 288);
  });

  test.each(["NaN", "Infinity", "-Infinity", "1e400"])("the value %s makes a line malformed", async (value) => {
    const odd = rows.map((row, i) => (i === 7 ? row.replace(/,\d,/, `,${value},`) : row));
    const imported = await importing("value.csv", csv(odd));
    expect(imported.rejected).toBe(1);
    expect(imported.rejectedLines[0]?.line).toBe(9);
  });

  test.each([
    ["-5000", "negative"],
    ["99999999999", "far-future"],
  ])("the time %s (%s) is taken or refused, never silently", async (time) => {
    const odd = rows.map((row, i) => (i === 7 ? row.replace(/\d+$/, time) : row));
    const imported = await importing("time.csv", csv(odd));
    expect(imported.rejected + imported.warnings.length).toBeGreaterThan(0);
    expect(imported.interactions + imported.rejected).toBe(5760);
  });

  test.each<[string, string | Buffer]>([
    ["CR-LF line ends", good.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\uFEFF${good}`],
    ["no newline at the end", good.trimEnd()],
  ])("%s change nothing", async (_, content) => {
    expect(await importing("layout.csv", content)).toMatchObject({ users: 240, interactions: 5760, rejected: 0 });
  });

  test("latin-1 bytes become the letters they are", async () => {
    await importing("latin.csv", Buffer.from(good.replaceAll("user-1,", "J\u00fcrgen,"), "latin1"));
    await answer(folder, "train", "popularity", "--data", "odd", "--run", "odd");
    const { known } = await answer<{ known: boolean }>(folder, "recommend", "odd", "--user", "J\u00fcrgen");
    expect(known).toBe(true);
  });

  test("quoted newlines and separators belong to the id", async () => {
    await importing("quoted.csv", good.replaceAll("film-3,", '"film, the\nthird",'));
    await answer(folder, "train", "popularity", "--data", "odd", "--run", "odd");
    const { item } = await answer<{ item: string }>(folder, "similar", "odd", "--item", "film, the\nthird", "-k", "1");
    expect(item).toBe("film, the\nthird");
  });

  test("duplicate rows are counted, one is kept", async () => {
    const imported = await importing("twice.csv", csv([...rows, ...rows.slice(0, 100)]));
    expect(imported).toMatchObject({ interactions: 5760, duplicates: 100, rejected: 0 });
    const report = await answer<{ duplicates: { count: number } }>(folder, "data", "odd");
    expect(report.duplicates.count).toBe(100);
  });

  test("ids survive byte for byte: leading zeros, unicode, 200 characters", async () => {
    const ids = ["007", "7", "naïve 🎬", "x".repeat(200), "e\u0301", "\u00e9"];
    const lines = ids.flatMap((id, i) => rows.slice(24 * i, 24 * i + 24).map((row) => row.replace(/^user-\d+/, id)));
    await importing("ids.csv", csv(lines));
    await answer(folder, "train", "popularity", "--data", "odd", "--run", "odd", "--split", "ratio");
    const stored = readFileSync(join(folder, ".penchant", "runs", "odd", "users.ids"), "utf8");
    for (const id of ids) expect(stored).toContain(id);
    for (const id of ids) {
      const { user, items } = await answer<{ user: string; items: object[] }>(
        folder,
        "recommend",
        "odd",
        "--user",
        id,
        "-k",
        "3",
      );
      expect([user, items.length]).toEqual([id, 3]);
    }
  });
});

describe("wrong names and values: one coded error, the nearest valid name, the workspace untouched", () => {
  test.each<[code: string, near: string, args: readonly string[]]>([
    ["CONFIG_UNKNOWN", '"neumf"', ["train", "neumff"]],
    ["CONFIG_UNKNOWN", '"neumf"', ["summary", "numf"]],
    ["CONFIG_UNKNOWN", '"factors"', ["train", "neumf", "--set", "factor=8"]],
    ["CONFIG_UNKNOWN", '"learningRate"', ["train", "neumf", "--set", "learningrate=1"]],
    ["CONFIG_UNKNOWN", '"sampled-99"', ["evaluate", "first", "--protocol", "sampled99"]],
    ["WORKSPACE_UNKNOWN", '"ratings"', ["train", "neumf", "--data", "rating"]],
    ["WORKSPACE_UNKNOWN", '"ratings"', ["data", "rattings"]],
    ["WORKSPACE_UNKNOWN", '"ratings"', ["data", "ratings.csv"]],
    ["WORKSPACE_UNKNOWN", '"first"', ["evaluate", "frist"]],
    ["WORKSPACE_UNKNOWN", '"first"', ["compare", "frist"]],
    ["WORKSPACE_UNKNOWN", '"first"', ["recommend", "fist", "--user", "user-1"]],
    ["DATA_ITEM_UNKNOWN", "film-10", ["similar", "first", "--item", "flim-10"]],
  ])("%s suggests %s: penchant %j", async (code, near, args) => {
    const error = await failure(folder, args);
    expect(error.code).toBe(code);
    expect(error.fix).toContain(near);
  });

  test.each<[code: string, args: readonly string[]]>([
    ["CONFIG_VALUE", ["train", "neumf", "--set", "batchSize=0"]],
    ["CONFIG_VALUE", ["train", "neumf", "--set", "learningRate=NaN"]],
    ["CONFIG_VALUE", ["train", "neumf", "--set", "learningRate=-1"]],
    ["CONFIG_VALUE", ["train", "neumf", "--set", "batchSize=1e12"]],
    ["CONFIG_VALUE", ["train", "biased-mf", "--threshold", "4"]],
    ["ENGINE_MEMORY", ["train", "neumf", "--set", "factors=1000000"]],
    ["CONFIG_VALUE", ["train", "neumf", "--set", "factors=1.5"]],
    ["CONFIG_VALUE", ["train", "neumf", "--set", "dropout=1"]],
    ["CONFIG_VALUE", ["train", "neumf", "--epochs", "0"]],
    ["CONFIG_VALUE", ["train", "neumf", "--epochs", "NaN"]],
    ["CONFIG_VALUE", ["recommend", "first", "--user", "user-1", "-k", "100000"]],
    ["CONFIG_VALUE", ["recommend", "first", "--user", "user-1", "-k", "0"]],
    ["CONFIG_VALUE", ["evaluate", "first", "-k", "100000"]],
    ["CONFIG_VALUE", ["similar", "first", "--item", "film-1", "-k", "2.5"]],
    ["DATA_SPLIT", ["train", "neumf", "--split", "given"]],
    ["EVAL_CANDIDATES", ["evaluate", "first", "--protocol", "given"]],
    ["WORKSPACE_NAME", ["train", "neumf", "--run", "a/b"]],
  ])("%s: penchant %j", async (code, args) => {
    expect((await failure(folder, args)).code).toBe(code);
  });

  test.each<[readonly string[]]>([
    [["trian"]],
    [["train", "--epochs", "3"]],
    [["train", "neumf", "--epochs", "many"]],
    [["train", "neumf", "--frobnicate"]],
    [["train", "neumf", "--set", "factors"]],
    [["train", "neumf", "--split", "half"]],
    [["recommend", "first"]],
    [["recommend", "first", "--ratings", "film-3"]],
    [["recommend", "first", "--ratings", "film-3=good"]],
    [["similar", "first"]],
    [["import", "ratings.csv", "--format", "xml"]],
    [["import", "ratings.csv", "--delimiter", "tba"]],
    [["models", "--seed", "-1"]],
    [["models", "--threads", "0"]],
    [["models", "--engine", "gpu"]],
    [[]],
  ])("wrong usage ends with 2: penchant %j", async (args) => {
    expect((await failure(folder, args, 2)).code).toBe("USAGE_ARGUMENTS");
  });

  test.each<[near: string, args: readonly string[]]>([
    ["--data NAME", ["train", "gmf", "ratings"]],
    ["--user ID", ["recommend", "first", "user-1"]],
    ["--item ID", ["similar", "first", "film-1", "--item", "film-1"]],
    ["penchant compare", ["evaluate", "first", "first"]],
    ["Did you mean leave-last-out?", ["train", "gmf", "--split", "leave-one-out"]],
    ["Did you mean onnx?", ["export", "first", "--format", "onx"]],
  ])("wrong usage is answered with %s: penchant %j", async (near, args) => {
    expect((await failure(folder, args, 2)).fix).toContain(near);
  });

  test("a workspace without data sets or runs says how to get one", async () => {
    const empty = scratch();
    for (const args of [["train", "neumf"], ["evaluate"], ["compare"], ["recommend", "--user", "a"]]) {
      const error = await failure(empty, args);
      expect(error).toMatchObject({ code: "WORKSPACE_EMPTY", fix: expect.stringContaining("penchant") });
    }
  });

  test("a drawing into a folder that is not there", async () => {
    const error = await failure(folder, ["summary", "gmf", "--svg", "nodir/gmf.svg"]);
    expect(error).toMatchObject({ code: "WORKSPACE_PATH", message: expect.stringContaining("nodir") });
    expect((await failure(folder, ["summary", "gmf", "--mermaid", "."])).code).toBe("WORKSPACE_PATH");
  });

  test("a workspace that cannot be a folder", async () => {
    const dangling = join(scratch(), "dangling");
    symlinkSync("nowhere", dangling);
    const places = [dangling, "ratings.csv", ...(process.platform === "linux" ? ["/proc/penchant"] : [])];
    for (const place of places) {
      const { code, stdout } = await penchant(folder, "import", "ratings.csv", "--workspace", place, "--json");
      expect(code, place).toBe(1);
      expect(JSON.parse(stdout), place).toMatchObject({ error: { code: "WORKSPACE_PERMISSION" } });
    }
  });

  test("without --json the same error is two lines on stderr, and stdout stays empty", async () => {
    const { code, stdout, stderr } = await penchant(folder, "evaluate", "frist");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `error WORKSPACE_UNKNOWN  There is no run "frist" in ${join(folder, ".penchant")}: expected one of first, odd.\n→ Did you mean "first"?\n`,
    );
  });
});

describe("what others put into the workspace", () => {
  test("a stray file among data sets and runs is passed over", async () => {
    const strays = ["datasets", "runs"].map((kind) => join(folder, ".penchant", kind, ".DS_Store"));
    for (const stray of strays) writeFileSync(stray, "");
    const { datasets } = await answer<{ datasets: { dataset: string }[] }>(folder, "data");
    expect(datasets.map(({ dataset }) => dataset)).not.toContain(".DS_Store");
    await answer(folder, "train", "popularity", "--run", "first-of-all");
    await answer(folder, "runs");
    for (const stray of strays) rmSync(stray);
    rmSync(join(folder, ".penchant", "runs", "first-of-all"), { recursive: true });
  });
});

describe("data at the edge of what can be learned", () => {
  const small = (users: number, items: number, each: number): string => clubCsv({ users, items, each });

  test("more negatives than items are refused, with the most that there can be", async () => {
    write("few.csv", small(30, 6, 4));
    await answer(folder, "import", "few.csv");
    const error = await failure(folder, ["train", "neumf", "--data", "few", "--epochs", "1", "--set", "negatives=50"]);
    expect(error).toMatchObject({ code: "CONFIG_VALUE", message: expect.stringContaining("at most 5") });
  });

  test("a user who has everything trains with the others, and nothing is left to recommend to them", async () => {
    const everything = Array.from({ length: 6 }, (_, i) => `all,film-${i + 1},5,1600000${i}00`);
    write("all.csv", `${small(30, 6, 4)}${everything.join("\n")}\n`);
    await answer(folder, "import", "all.csv");
    await answer(folder, "train", "neumf", "--data", "all", "--run", "all", "--epochs", "1");
    const { items } = await answer<{ items: { item: string }[] }>(
      folder,
      "recommend",
      "all",
      "--user",
      "all",
      "-k",
      "6",
    );
    expect(items).toEqual([]);
    const args = ["recommend", "all", "--user", "all", "-k", "6", "--include-seen"];
    expect((await answer<{ items: object[] }>(folder, ...args)).items).toHaveLength(6);
  });

  test("a catalogue of five items answers without -k, and refuses a -k beyond it", async () => {
    const rows = Array.from(
      { length: 120 },
      (_, i) => `u${i >> 2},f${((i >> 2) + (i & 3)) % 5},4,${1_500_000_000 + i}`,
    );
    write("five.csv", csv(rows));
    await answer(folder, "import", "five.csv");
    await answer(folder, "train", "gmf", "--data", "five", "--run", "five", "--epochs", "1");
    const { k, protocols } = await answer<{ k: number; protocols: { metrics: object }[] }>(folder, "evaluate", "five");
    expect([k, protocols[0]?.metrics]).toEqual([5, expect.objectContaining({ "hr@5": expect.anything() })]);
    const ask = (...args: string[]) => answer<{ items: object[] }>(folder, ...args);
    expect((await ask("recommend", "five", "--user", "nobody")).items).toHaveLength(5);
    expect((await ask("similar", "five", "--item", "f1")).items).toHaveLength(4);
    for (const command of [
      ["evaluate", "five"],
      ["compare", "five"],
      ["recommend", "five", "--user", "u1"],
    ]) {
      expect((await failure(folder, [...command, "-k", "10"])).code).toBe("CONFIG_VALUE");
    }
  });

  test("too little to hold out anything is said", async () => {
    write("tiny.csv", csv(["a,x,5,1", "b,y,4,2"]));
    await answer(folder, "import", "tiny.csv");
    expect((await failure(folder, ["train", "neumf", "--data", "tiny"])).code).toBe("DATA_SPLIT");
  });
});

describe("a workspace that was tampered with", () => {
  const run = (...parts: string[]): string => join(folder, ".penchant", "runs", ...parts);

  test.each<[code: string, file: string, change: (content: Buffer) => Buffer | string]>([
    ["ARTIFACT_VERSION", "artifact.json", (c) => c.toString().replace('"formatVersion": 2', '"formatVersion": 99')],
    ["ARTIFACT_CORRUPT", "artifact.json", (c) => c.subarray(0, 100)],
    ["ARTIFACT_CORRUPT", "weights.safetensors", (c) => c.subarray(0, c.length - 7)],
    [
      "ARTIFACT_CORRUPT",
      "weights.safetensors",
      (c) => Buffer.concat([c.subarray(0, c.length - 1), Buffer.of((c.at(-1) ?? 0) ^ 1)]),
    ],
    ["ARTIFACT_CORRUPT", "users.ids", () => ""],
  ])("%s when %s is changed", async (code, file, change) => {
    await answer(folder, "train", "gmf", "--data", "ratings", "--run", "broken", "--epochs", "1");
    const path = run("broken", file);
    writeFileSync(path, change(readFileSync(path)));
    expect((await failure(folder, ["recommend", "broken", "--user", "user-1"])).code).toBe(code);
  });

  test("a damaged run is listed as damaged and does not hide the others", async () => {
    writeFileSync(run("broken", "artifact.json"), "{");
    const { runs } = await answer<{ runs: { run: string; damaged?: string }[] }>(folder, "runs");
    expect(runs).toContainEqual({ run: "broken", damaged: "ARTIFACT_CORRUPT" });
    expect(runs.map(({ run: name }) => name)).toContain("first");
  });

  test("compare lists what cannot be measured beside what can, and fails only where it is named", async () => {
    writeFileSync(run("broken", "artifact.json"), "{");
    interface Compared {
      readonly groups: readonly { readonly k: number; readonly rows: readonly { readonly run?: string }[] }[];
      readonly unmeasured: readonly { readonly run: string; readonly code: string; readonly reason: string }[];
    }
    const { groups, unmeasured } = await answer<Compared>(folder, "compare");
    expect(groups.flatMap(({ rows }) => rows.map(({ run: name }) => name))).toEqual(
      expect.arrayContaining(["first", "five"]),
    );
    expect(groups.map(({ k }) => k)).toEqual(expect.arrayContaining([5, 10]));
    const broken = unmeasured.find(({ run: name }) => name === "broken");
    expect(broken).toMatchObject({ code: "ARTIFACT_CORRUPT", reason: expect.stringContaining("artifact.json") });
    expect((await penchant(folder, "compare")).stdout).toContain("! broken is not measured (ARTIFACT_CORRUPT)");
    expect((await failure(folder, ["compare", "broken"])).code).toBe("ARTIFACT_CORRUPT");
  });

  test("a run whose data set has become another is not evaluated by accident", async () => {
    write("other.csv", clubCsv({ seed: 8 }));
    await answer(folder, "import", "other.csv", "--name", "swap");
    await answer(folder, "train", "popularity", "--data", "swap", "--run", "swapped");
    await answer(folder, "import", "ratings.csv", "--name", "swap");
    expect((await failure(folder, ["evaluate", "swapped"])).code).toBe("WORKSPACE_CHANGED");
  });

  test.each<[code: string, change: (index: string) => string]>([
    ["DATA_STORED_VERSION", (index) => index.replace('"version": 2', '"version": 99')],
    ["DATA_STORED_CORRUPT", (index) => index.slice(0, 50)],
  ])("%s when a data set's index is changed", async (code, change) => {
    await answer(folder, "import", "ratings.csv", "--name", "dented");
    const path = join(folder, ".penchant", "datasets", "dented", "dataset.json");
    writeFileSync(path, change(readFileSync(path, "utf8")));
    expect((await failure(folder, ["train", "gmf", "--data", "dented"])).code).toBe(code);
  });
});
