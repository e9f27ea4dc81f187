import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { nativeEngine } from "../support/native-engine.ts";
import { answer, clubFolder, failure, penchant } from "./cli.ts";

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Measured {
  readonly protocols: readonly { protocol: string; users: number; metrics: Record<string, Interval> }[];
}
interface Sampled {
  readonly protocols: readonly { readonly seed: number; readonly negatives: object }[];
  readonly warnings: readonly { readonly code: string }[];
}
interface Recommended {
  readonly user: string | null;
  readonly known: boolean;
  readonly items: readonly { item: string; score: number; why?: readonly { item: string }[] }[];
}

const native = await nativeEngine();
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
      first: [
        {
          user: expect.stringMatching(/^user-/),
          item: expect.stringMatching(/^film-/),
          value: expect.any(Number),
          time: expect.any(Number),
        },
        expect.anything(),
      ],
      confidence: expect.any(Number),
      alternatives: expect.any(Array),
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
    expect(models.find(({ name }) => name === "neumf")?.defaults).toMatchObject({ factors: 32 });
    const sized = models.find(({ name }) => name === "bpr-mf") as unknown as { trainingBySize: { l2: string } };
    expect(sized.trainingBySize.l2).toContain("sqrt(interactions / items)");
    expect(models.length).toBeGreaterThanOrEqual(10);
    type Questions = { questions: { question: string; models: string[] }[] };
    const { questions } = await answer<Questions>(folder, "models");
    expect(questions.find(({ question }) => question === "new items every hour")?.models).toContain(
      "content-attention",
    );
  });

  test("summary gives layers with shapes and parameters, and draws", async () => {
    const args = ["summary", "neumf", "--data", "ratings", "--svg", "neumf.svg", "--mermaid", "neumf.mmd"];
    const summary = await answer<{ layers: { name: string }[]; parameters: number; training: object }>(folder, ...args);
    expect(summary.layers.map(({ name }) => name)).toContain("gmf/user");
    expect(summary.parameters).toBeGreaterThan(1000);
    expect(summary.training).toMatchObject({ epochs: 100, patience: 5, refit: true, batchSize: 1024 });
    expect(await answer<object>(folder, "summary", "item-knn")).toMatchObject({ training: null });
    const spread = (...set: string[]) =>
      answer<object>(folder, "summary", "lightgcn", "--data", "ratings", ...set.flatMap((one) => ["--set", one]));
    expect(await spread()).toMatchObject({ training: { batchSize: 256, learningRate: 0.01 } });
    expect(await spread("temperature=0")).toMatchObject({ training: { batchSize: 2048, learningRate: 0.001 } });
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
    expect(document.warnings[0]).toEqual({ code: "values-ignored", message: expect.stringContaining("1 to 5") });
    expect(document.warnings.slice(1).map(({ code }: { code: string }) => code)).toEqual(["last-epoch-best"]);
    const epoch = {
      epoch: 2,
      loss: expect.any(Number),
      seconds: expect.any(Number),
      samplesPerSecond: expect.any(Number),
    };
    expect(document.epochs[1]).toMatchObject({
      ...epoch,
      validation: { metric: "ndcg@10", protocol: "full", seed: 1, value: expect.any(Number) },
    });
    const events = stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["start", "warning", "epoch", "end"]));
  });

  test("train without --epochs lets validation choose, trains once more on both, and says so everywhere", async () => {
    const { stdout, stderr, code } = await penchant(
      ...[folder, "train", "bpr-mf", "--data", "ratings", "--run", "chosen", "--set", "factors=8", "--json"],
    );
    expect(code, stderr).toBe(0);
    const { bestEpoch, epochs, refit, settings } = JSON.parse(stdout);
    expect(epochs).toHaveLength(bestEpoch + 10);
    expect(refit).toMatchObject({ interactions: 5760 - 240, final: false });
    expect(refit.epochs).toHaveLength(bestEpoch);
    expect(settings).toMatchObject({ epochs: 100, patience: 10, refit: true });
    const phases = new Set([...stderr.matchAll(/"type":"epoch","phase":"(\w+)"/g)].map(([, phase]) => phase));
    expect([...phases]).toEqual(["selection", "refit"]);
    const { runs } = await answer<{ runs: { run: string }[] }>(folder, "runs");
    expect(runs.find(({ run }) => run === "chosen")).toMatchObject({
      bestEpoch,
      validation: { metric: "ndcg@10", protocol: "full", value: epochs[bestEpoch - 1].validation.value },
      refit: true,
    });
  });

  test("train --final measures what was chosen, then learns from everything; evaluate keeps to that measurement", async () => {
    const whole = ["train", "bpr-mf", "--data", "ratings", "--run", "whole", "--final", "--set", "factors=8"];
    const trained = await answer<{ test: Record<string, number>; refit: object }>(folder, ...whole);
    expect(trained.refit).toMatchObject({ interactions: 5760, final: true });
    const measured = await answer<Measured & Sampled>(folder, "evaluate", "whole");
    expect(measured.protocols[0]?.metrics["ndcg@10"]?.value).toBe(trained.test["ndcg@10"]);
    expect(measured.warnings.map(({ code }) => code)).toContain("measured-before-final");
    const alone = await answer<object>(
      folder,
      "train",
      "bpr-mf",
      "--data",
      "ratings",
      "--run",
      "alone",
      ...["--set", "factors=8", "refit=false"],
    );
    expect(alone).not.toHaveProperty("test");
    const same = await answer<Measured>(folder, "evaluate", "alone");
    expect(same.protocols[0]?.metrics["ndcg@10"]?.value).toBe(trained.test["ndcg@10"]);
    const { code, fix } = await failure(folder, ["evaluate", "whole", "-k", "5"]);
    expect([code, fix]).toEqual(["EVAL_EMPTY", expect.stringContaining("penchant evaluate whole")]);
    const seeded = await failure(folder, ["evaluate", "whole", "--seed", "5"]);
    expect([seeded.code, seeded.message]).toEqual(["EVAL_EMPTY", expect.stringContaining("with the seed 1")]);
    expect(await answer<object>(folder, "evaluate", "whole", "--seed", "1")).toEqual(measured);
    const { groups } = await answer<{ groups: { rows: object[] }[] }>(folder, "compare", "whole");
    expect(groups[0]?.rows.at(-1)).toMatchObject({ run: "whole", final: true, bestEpoch: expect.any(Number) });
  });

  test("train says when the last epoch was the best one, with the command that goes on", async () => {
    const { stdout } = await penchant(
      ...[
        folder,
        "train",
        "bpr-mf",
        "--data",
        "ratings",
        "--run",
        "short",
        "--epochs",
        "2",
        "--set",
        "learningRate=0.0005",
      ],
    );
    expect(stdout).toContain("Train for longer: penchant train bpr-mf --data ratings --set learningRate=0.0005\n");
  });

  test("evaluate --relevant says its meaning, counts, and leaves the kept measurement alone", async () => {
    await answer(folder, "evaluate", "first");
    const noted = readFileSync(join(folder, ".penchant", "runs", "first", "artifact.json"), "utf8");
    const document = await answer<Measured & { relevance: Record<string, unknown> }>(
      ...[folder, "evaluate", "first", "--relevant", ">=4"],
    );
    expect(document.relevance).toEqual({
      rule: ">=4",
      meaning: expect.stringMatching(/at least 4; .* count as misses/),
      heldOut: 240,
      relevant: document.protocols[0]?.users,
      usersWithout: 240 - (document.protocols[0]?.users ?? 0),
    });
    expect(document.relevance["usersWithout"]).toBeGreaterThan(10);
    for (const { metrics } of document.protocols) expect(metrics["ndcg-exponential@10"]?.value).toBeGreaterThan(0);
    expect(readFileSync(join(folder, ".penchant", "runs", "first", "artifact.json"), "utf8")).toBe(noted);
    const { stdout } = await penchant(folder, "evaluate", "first", "--relevant", "4..5");
    expect(stdout).toMatch(
      /Relevant \(4\.\.5\): a held-out item is relevant where its value is from 4 to 5; .* left out\./,
    );
  });

  test.each(["4", ">=", "5..4", "=>4"])(
    "evaluate and train refuse --relevant %j before anything is read",
    async (rule) => {
      for (const command of [
        ["evaluate", "nowhere"],
        ["train", "gmf", "--data", "nowhere"],
      ]) {
        const { code, fix } = await failure(folder, [...command, "--relevant", rule]);
        expect([code, fix]).toEqual(["CONFIG_VALUE", expect.stringContaining("quotes")]);
      }
    },
  );

  test("train refuses --final where nothing is held out, before it trains", async () => {
    const { code, fix } = await failure(folder, ["train", "gmf", "--data", "nowhere", "--split", "none", "--final"]);
    expect([code, fix]).toEqual(["CONFIG_VALUE", expect.stringContaining("leave out --final")]);
  });

  test("train on everything does not advise to measure it", async () => {
    const args = ["train", "gmf", "--data", "ratings", "--run", "blind", "--split", "none", "--epochs", "1"];
    const { stdout } = await penchant(folder, ...args);
    expect(stdout).toContain("Next: penchant recommend blind");
  });

  test("train --relevant validates by the rule and says so", async () => {
    const args = ["train", "gmf", "--data", "ratings", "--run", "ruled", "--epochs", "1"];
    const document = await answer<{ epochs: { validation: object }[] }>(folder, ...args, "--relevant", ">=4");
    expect(document.epochs[0]?.validation).toMatchObject({ metric: "ndcg@10", relevant: ">=4" });
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

  test("evaluate says its seed, and warns where fewer items can be sampled than asked for", async () => {
    const args = ["evaluate", "first", "--protocol", "sampled-140", "--seed", "6"];
    const { protocols, warnings } = await answer<Sampled>(folder, ...args);
    expect(protocols[0]).toMatchObject({ seed: 6, negatives: { asked: 140, short: 240 } });
    expect(warnings.map(({ code }) => code)).toContain("few-negatives");
    const { stdout } = await penchant(folder, ...args);
    expect(stdout).toContain("sampled items only (seed 6)");
    expect(stdout).not.toContain("against 140 sampled");
    expect(stdout).toContain("! sampled-140: 240 of 240 users have fewer than 140 unknown items");
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

  const profileRow = {
    label: expect.any(String),
    phase: expect.stringMatching(/^(forward|backward|update|engine)$/),
    what: expect.any(String),
    percent: expect.any(Number),
    seconds: expect.any(Number),
    nanosecondsPerSample: expect.any(Number),
    gigaflopsPerSecond: expect.any(Number),
    gigabytesPerSecond: expect.any(Number),
    calls: expect.any(Number),
  };

  test.skipIf(!native.engine)(
    "profile answers with a row per instruction of the training plan, the most time first",
    async () => {
      interface Profiled {
        readonly rows: readonly { label: string; percent: number; seconds: number; slot: number | null }[];
      }
      const args = ["profile", "neumf", "--data", "ratings", "--steps", "40", "--set", "factors=4", "batchSize=128"];
      const document = await answer<Profiled>(folder, ...args, "--threads", "1");
      expect(document).toMatchObject({
        ...{ model: "neumf", dataset: "ratings", users: 240, interactions: 5760 },
        ...{ engine: "native", threads: 1, batchSize: 128, steps: 40, samples: 40 * 128 },
        seconds: expect.any(Number),
        samplesPerSecond: expect.any(Number),
        threadSeconds: expect.any(Number),
        gigaflopsPerSecond: expect.any(Number),
        gigabytesPerSecond: expect.any(Number),
        phases: { forward: expect.any(Number), backward: expect.any(Number), update: expect.any(Number) },
      });
      for (const row of document.rows) expect(row).toMatchObject(profileRow);
      const labels = document.rows.map(({ label }) => label);
      expect(labels).toEqual(
        expect.arrayContaining(["product + relu mlp/0/kernel", "gather gmf/user", "update rows mlp/item"]),
      );
      expect(document.rows.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100);
      const seconds = document.rows.map((row) => row.seconds);
      expect(seconds).toEqual([...seconds].sort((a, b) => b - a));
      const { rows } = await answer<Profiled>(folder, ...args, "--order", "plan");
      expect(rows.map(({ label }) => label).sort()).toEqual(labels.sort());
    },
  );

  test("profile is refused by an engine that takes none", async () => {
    const { code } = await failure(folder, ["profile", "gmf", "--steps", "2", "--engine", "reference"]);
    expect(code).toBe("ENGINE_PROFILE");
  });

  test.skipIf(!native.engine)(
    "profile takes the synthetic club where there is no data set, and writes nothing",
    async () => {
      const empty = ["--workspace", "nowhere"];
      const document = await answer<object>(folder, "profile", "bpr-mf", "--steps", "5", ...empty);
      expect(document).toMatchObject({ model: "bpr-mf", dataset: null, users: 2000, items: 1000 });
      expect(existsSync(join(folder, "nowhere"))).toBe(false);
    },
  );

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
  test("train names its validation as sampled, with the seed", async () => {
    const args = ["train", "gmf", "--run", "lines", "--epochs", "1", "--seed", "4", "--set", "protocol=sampled-99"];
    const { stdout, stderr } = await penchant(folder, ...args);
    expect(stderr).toContain("validation: ndcg@10 sampled-99, seed 4");
    expect(stderr).toMatch(/ndcg@10 sampled-99 0\.\d{4} \(best\)/);
    expect(stdout).toMatch(/ndcg@10 sampled-99 0\.\d{4} at epoch 1 \(seed 4/);
  });

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

  test.skipIf(!native.engine)("penchant profile prints a table with a line per instruction", async () => {
    const { code, stdout } = await penchant(folder, "profile", "gmf", "--steps", "10");
    expect(code).toBe(0);
    expect(stdout).toContain("gather gmf/user");
    expect(stdout).toContain("GFLOP/s");
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
