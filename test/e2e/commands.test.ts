import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, penchant } from "./cli.ts";

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Measured {
  readonly protocols: readonly { protocol: string; users: number; metrics: Record<string, Interval> }[];
}
interface Recommended {
  readonly user: string | null;
  readonly known: boolean;
  readonly items: readonly { item: string; score: number; why?: readonly { item: string }[] }[];
}

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--run", "first", "--set", "factors=8", "learningRate=0.01", "--epochs", "8");
});

/** Documents of the commands that scripts rely on; every field named here is a promise. */
describe("penchant --json", () => {
  test("import answers sizes, columns by role, rejected lines and warnings", async () => {
    const document = await answer<object>(folder, "import", "ratings.csv", "--name", "again");
    expect(document).toEqual({
      dataset: "again",
      users: 240,
      items: expect.any(Number),
      interactions: 5760,
      rejected: 0,
      rejectedLines: [],
      duplicates: 0,
      columns: { user: "userId", item: "movieId", value: "rating", time: "timestamp" },
      warnings: expect.any(Array),
    });
  });

  test("data lists, the newest first, and reports on one", async () => {
    const { datasets } = await answer<{ datasets: { dataset: string }[] }>(folder, "data");
    expect(datasets.map(({ dataset }) => dataset).sort()).toContain("ratings");
    const report = await answer<object>(folder, "data", "ratings");
    expect(report).toMatchObject({ dataset: "ratings", users: 240, interactions: 5760, values: { least: 1, most: 5 } });
  });

  test("models lists every model with its defaults", async () => {
    const { models } = await answer<{ models: { name: string; defaults: object }[] }>(folder, "models");
    expect(models.find(({ name }) => name === "neumf")?.defaults).toMatchObject({ factors: 8 });
    expect(models.length).toBeGreaterThanOrEqual(10);
  });

  test("summary gives layers with shapes and parameters, and draws", async () => {
    const args = ["summary", "neumf", "--data", "ratings", "--svg", "neumf.svg", "--mermaid", "neumf.mmd"];
    const summary = await answer<{ layers: { name: string }[]; parameters: number }>(folder, ...args);
    expect(summary.layers.map(({ name }) => name)).toContain("gmf/user");
    expect(summary.parameters).toBeGreaterThan(1000);
    expect(readFileSync(join(folder, "neumf.svg"), "utf8")).toMatch(/^<svg/);
    expect(readFileSync(join(folder, "neumf.mmd"), "utf8")).toMatch(/^(graph|flowchart)/);
  });

  test("train answers the run with its epochs, and writes progress as JSON lines on stderr", async () => {
    const { code, stdout, stderr } = await penchant(
      folder,
      "train",
      "neumf",
      "--data",
      "ratings",
      "--epochs",
      "2",
      "--json",
    );
    expect(code, stderr).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ run: "neumf-1", model: "neumf", dataset: "ratings" });
    expect(document.parameters).toBeGreaterThan(1000);
    expect(document.seconds).toBeGreaterThan(0);
    expect(document.peakMemoryBytes).toBeGreaterThan(1e6);
    expect(document.epochs).toHaveLength(2);
    const epoch = {
      epoch: 2,
      loss: expect.any(Number),
      seconds: expect.any(Number),
      samplesPerSecond: expect.any(Number),
    };
    expect(document.epochs[1]).toMatchObject({
      ...epoch,
      validation: { metric: "ndcg@10", value: expect.any(Number) },
    });
    const events = stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["start", "epoch", "end"]));
  });

  test.each([
    ["popularity", ["--epochs", "4"], "epochs"],
    ["biased-mf", ["--epochs", "1", "--set", "negatives=4"], "negatives"],
    ["gmf", ["--epochs", "1", "--set", "negatives=4"], undefined],
  ])("train %s %j warns of an option without effect: %s", async (model, options, idle) => {
    const args = ["train", model, "--data", "ratings", "--run", "idle", ...options, "--json"];
    const { stdout, stderr } = await penchant(folder, ...args);
    const { warnings } = JSON.parse(stdout) as { warnings: { code: string; message: string }[] };
    expect(warnings.filter(({ code }) => code === "no-effect").map(({ message }) => message.split('"')[1])).toEqual(
      idle === undefined ? [] : [idle],
    );
    for (const { message } of warnings) expect(stderr).toContain(message);
  });

  test("evaluate shows full and sampled ranking with intervals, beside popularity and random", async () => {
    const document = await answer<Measured & { run: string; baselines: Record<string, Measured> }>(
      folder,
      "evaluate",
      "first",
    );
    expect(document.run).toBe("first");
    for (const measured of [document, document.baselines["popularity"], document.baselines["random"]]) {
      expect(measured?.protocols.map(({ protocol }) => protocol)).toEqual(["full", "sampled-99"]);
      for (const { users, metrics } of measured?.protocols ?? []) {
        expect(users).toBe(240);
        const { value, low, high } = metrics["hr@10"] as Interval;
        expect(low).toBeLessThanOrEqual(value);
        expect(value).toBeLessThanOrEqual(high);
        expect(metrics["ndcg@10"]).toBeDefined();
      }
    }
    const hitRate = (measured?: Measured) => measured?.protocols[0]?.metrics["hr@10"]?.value ?? 0;
    expect(hitRate(document)).toBeGreaterThan(hitRate(document.baselines["random"]));
  });

  test("evaluate takes one protocol and another k", async () => {
    const document = await answer<Measured>(folder, "evaluate", "first", "--protocol", "sampled-20", "-k", "5");
    expect(document.protocols.map(({ protocol }) => protocol)).toEqual(["sampled-20"]);
    expect(Object.keys(document.protocols[0]?.metrics ?? {})).toContain("hr@5");
  });

  test("recommend answers a known user with unseen items and reasons from the history", async () => {
    const document = await answer<Recommended>(folder, "recommend", "first", "--user", "user-1", "-k", "5", "--why");
    expect(document).toMatchObject({ user: "user-1", known: true });
    expect(document.items).toHaveLength(5);
    const rows = readFileSync(join(folder, "ratings.csv"), "utf8").split("\n");
    const seen = new Set(rows.filter((row) => row.startsWith("user-1,")).map((row) => row.split(",")[1]));
    for (const { why } of document.items) for (const { item } of why ?? []) expect(seen).toContain(item);
    const scores = document.items.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  test("recommend answers an unknown user with popular items, flagged as such", async () => {
    const document = await answer<Recommended>(folder, "recommend", "first", "--user", "nobody");
    expect(document).toMatchObject({ user: "nobody", known: false, method: "popularity" });
    expect(document.items).toHaveLength(10);
  });

  test("recommend folds in somebody of whom only items are known", async () => {
    const document = await answer<Recommended>(
      folder,
      "recommend",
      "first",
      "--items",
      "film-3,film-6,film-9",
      "--why",
    );
    expect(document).toMatchObject({ user: null, method: "fold-in" });
    expect(document.items.map(({ item }) => item)).not.toContain("film-3");
  });

  test("similar lists other items", async () => {
    const document = await answer<{ item: string; items: { item: string; score: number }[] }>(
      folder,
      ...["similar", "first", "--item", "film-3", "-k", "4"],
    );
    expect(document.item).toBe("film-3");
    expect(document.items).toHaveLength(4);
    expect(document.items.map(({ item }) => item)).not.toContain("film-3");
  });

  test("compare groups runs of the same test part with the baselines", async () => {
    const { groups } = await answer<{ groups: { rows: { run?: string; model: string }[] }[] }>(
      folder,
      "compare",
      "first",
    );
    expect(groups).toHaveLength(1);
    expect(groups[0]?.rows.map(({ run, model }) => run ?? model)).toEqual(["popularity", "random", "first"]);
  });

  test("runs lists what was trained with what was measured", async () => {
    const { runs } = await answer<{ runs: { run: string; metrics?: object }[] }>(folder, "runs");
    const first = runs.find(({ run }) => run === "first");
    expect(first).toMatchObject({ model: "bpr-mf", dataset: "ratings", split: "leave-last-out" });
    expect(first?.metrics).toMatchObject({ "hr@10": expect.any(Number) });
  });

  test("export writes the models it names", async () => {
    const { files } = await answer<{ files: { file: string }[] }>(folder, "export", "first", "--output", "first.onnx");
    for (const { file } of files) expect(existsSync(join(folder, file))).toBe(true);
  });

  test("the same seed trains the same weights, whatever the number of threads", async () => {
    for (const [run, threads] of [
      ["one", "1"],
      ["two", "2"],
    ] as const) {
      await answer(folder, "train", "gmf", "--run", run, "--epochs", "1", "--threads", threads, "--seed", "5");
    }
    const weights = (run: string) => readFileSync(join(folder, ".penchant", "runs", run, "weights.safetensors"));
    expect(weights("one").equals(weights("two"))).toBe(true);
  });
});

describe("penchant for people", () => {
  test.each([
    [["data"], "ratings"],
    [["data", "ratings"], "density"],
    [["models"], "neumf"],
    [["summary", "gmf"], "Parameters"],
    [["evaluate", "first"], "popularity"],
    [["compare", "first"], "hr@10 full"],
    [["recommend", "first", "--user", "user-1", "--why"], "because of"],
    [["recommend", "--user", "nobody", "-k", "3"], "not personal"],
    [["similar", "first", "--item", "film-3"], "similarity"],
    [["runs"], "trained"],
  ])("penchant %j prints a table with %j, without colours where there is no terminal", async (args, text) => {
    const { code, stdout } = await penchant(folder, ...args);
    expect(code).toBe(0);
    expect(stdout).toContain(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what must not be there
    expect(stdout).not.toMatch(/\u001b\[/);
  });

  test.each(["popularity", "random"])("recommendations of a %s run do not claim to be personal", async (model) => {
    await answer(folder, "train", model, "--data", "ratings", "--run", model);
    const { stdout } = await penchant(folder, "recommend", model, "--user", "user-1", "--why");
    expect(stdout).toContain("For user-1: not personal");
    expect(stdout).not.toMatch(/history:|because of|%/);
    const { stdout: forItems } = await penchant(folder, "recommend", model, "--items", "film-3");
    expect(forItems).toContain("For these items: not personal");
    expect(forItems).not.toContain("the user is unknown");
  });

  test("--workspace and PENCHANT_WORKSPACE name the folder", async () => {
    const { runs } = await answer<{ runs: object[] }>(folder, "runs", "--workspace", "elsewhere");
    expect(runs).toEqual([]);
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });
});
