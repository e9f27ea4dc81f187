import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, failure, penchant, scratch } from "./cli.ts";

interface Parts {
  readonly split: string;
  readonly runs: readonly { readonly run: string; readonly split: Readonly<Record<string, unknown>> }[];
  readonly protocols: readonly {
    readonly protocol: string;
    readonly run: Readonly<
      Record<string, { readonly mean: number; readonly deviation?: number; readonly values: number[] }>
    >;
    readonly popularity: Readonly<Record<string, unknown>>;
  }[];
}

interface Measured {
  readonly protocols: readonly {
    readonly protocol: string;
    readonly metrics: Record<string, { readonly value: number }>;
  }[];
}

describe("penchant train --split in several parts", () => {
  let folder = "";
  beforeAll(async () => {
    folder = scratch();
    // people come one after the other and stay for a while, so that each is met by many who stay for longer
    let row = 0;
    const often = clubCsv().replace(
      /(\d+)$/gm,
      () => `${1_500_000_000 + Math.floor(row / 24) * 2000 + (row++ % 24) * 10_000}`,
    );
    writeFileSync(join(folder, "club.csv"), often);
    await answer(folder, "import", "club.csv");
  });

  test("trains and measures a run for each fold, whose measurement can be repeated", async () => {
    const trained = await answer<Parts>(folder, "train", "item-knn", "--split", "k-fold:3", "--run", "knn");
    expect(trained.split).toBe("k-fold:3");
    expect(trained.runs.map(({ run }) => run)).toEqual(["knn-fold-1", "knn-fold-2", "knn-fold-3"]);
    expect(trained.runs[1]?.split).toMatchObject({ kind: "k-fold", part: 2, parts: 3, seed: 1 });
    const full = trained.protocols.find(({ protocol }) => protocol === "full");
    const { mean, deviation, values } = full?.run["ndcg@10"] ?? { mean: 0, values: [] };
    expect(values).toHaveLength(3);
    expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value) / 3, 12);
    expect(deviation).toBeGreaterThan(0);
    expect(full?.popularity).toHaveProperty(["ndcg@10"]);
    const { protocols } = await answer<Measured>(folder, "evaluate", "knn-fold-2");
    expect(protocols.find(({ protocol }) => protocol === "full")?.metrics["ndcg@10"]?.value).toBe(values[1]);
    const one = await answer<Parts["runs"][number]>(
      folder,
      "train",
      "item-knn",
      "--split",
      "k-fold:2/3",
      "--run",
      "one",
    );
    expect(one.split).toEqual(trained.runs[1]?.split);
    expect((await penchant(folder, "runs")).stdout).toContain("k-fold:2/3");
  });

  test("windows slide over time, and ratings have their own table", async () => {
    const trained = await answer<Parts>(folder, "train", "biased-mf", "--epochs", "2", "--split", "time:2");
    expect(trained.runs.map(({ run, split }) => [run, split["part"]])).toEqual([
      ["biased-mf-window-1", 1],
      ["biased-mf-window-2", 2],
    ]);
    expect(trained.protocols.map(({ protocol }) => protocol)).toContain("rating");
    const shown = await penchant(folder, "train", "popularity", "--split", "time:2");
    expect(shown.stdout).toContain("mean ± standard deviation over 2");
  });

  test("one fold where one is needed; no part that is not there", async () => {
    expect((await failure(folder, ["tune", "bpr-mf", "--split", "k-fold"], 2)).fix).toContain("k-fold:1/5");
    expect((await failure(folder, ["train", "auto", "--split", "time:3"], 2)).code).toBe("USAGE_ARGUMENTS");
    expect((await failure(folder, ["train", "bpr-mf", "--split", "k-fold:2", "--resume"], 2)).code).toBe(
      "USAGE_ARGUMENTS",
    );
    expect((await failure(folder, ["train", "bpr-mf", "--split", "k-fold:3/2"], 2)).message).toContain("k-fold:3/2");
  });

  test("leave-last-out tells what it knows of the future, and what the same model is by time", async () => {
    interface Knowledge {
      readonly future: number;
      readonly users: number;
    }
    interface Timed {
      readonly time?: {
        readonly here: Knowledge;
        readonly byTime: Knowledge;
        readonly command: string;
        readonly run?: string;
        readonly changes?: readonly { readonly metric: string; readonly here: number; readonly byTime: number }[];
      };
      readonly protocols: Measured["protocols"];
    }
    await answer(folder, "train", "item-knn", "--run", "last", "--set", "neighbours=20");
    const before = await answer<Timed>(folder, "evaluate", "last");
    expect(before.time?.here.future).toBeGreaterThan(0);
    expect(before.time?.byTime.future).toBe(0);
    expect([before.time?.run, before.time?.changes]).toEqual([undefined, undefined]);
    const command = "penchant train item-knn --data club --split time --run last-time --set neighbours=20";
    expect(before.time?.command).toBe(command);
    await answer(folder, ...command.split(" ").slice(1));
    const byTime = await answer<Timed>(folder, "evaluate", "last-time");
    expect(byTime).not.toHaveProperty("time");
    const { time, protocols } = await answer<Timed>(folder, "evaluate", "last");
    const value = (of: Measured["protocols"]) =>
      of.find(({ protocol }) => protocol === "full")?.metrics["ndcg@10"]?.value;
    expect(time?.run).toBe("last-time");
    expect(time?.changes?.[1]).toMatchObject({
      metric: "ndcg@10",
      here: value(protocols),
      byTime: value(byTime.protocols),
    });
    expect((await penchant(folder, "evaluate", "last")).stdout).toContain("the same model by time (last-time)");
    const { leakage } = await answer<{
      leakage: { splits: readonly (Knowledge & { split: string })[]; tied: { of: number } };
    }>(folder, "data", "club", "--leakage");
    expect(leakage.splits.map(({ split }) => split)).toEqual(["leave-last-out", "ratio", "time"]);
    expect(leakage.splits.map(({ future }) => future > 0)).toEqual([true, true, false]);
    expect(leakage.tied.of).toBe(5760);
    expect((await penchant(folder, "data", "--leakage")).stdout).toContain("happened after what it is to foretell");
  });
});

describe("penchant train --split cold-…", () => {
  let folder = "";
  beforeAll(async () => {
    folder = scratch();
    writeFileSync(join(folder, "club.csv"), clubCsv());
    await answer(folder, "import", "club.csv");
  });

  test("by date, and of users and items both: the same again when it is measured, and what is left out is said", async () => {
    type Run = { readonly split: Readonly<Record<string, unknown>> };
    type Warned = Measured & { readonly warnings: readonly { readonly code: string; readonly message: string }[] };
    for (const [text, facts] of [
      ["cold-item:date", { kind: "cold-item", by: "date" }],
      ["cold-both", { kind: "cold-both" }],
    ] as const) {
      const settings = ["--epochs", "1", "--split", text, "--run", "new"];
      const { split } = await answer<Run>(folder, "train", "bpr-mf", ...settings);
      expect(split).toMatchObject(facts);
      expect((await penchant(folder, "runs")).stdout).toContain(text);
      const [first, again] = [
        await answer<Warned>(folder, "evaluate", "new"),
        await answer<Warned>(folder, "evaluate", "new"),
      ];
      expect(again).toEqual(first);
      const codes = first.warnings.map(({ code }) => code);
      expect(codes.includes("cold-mixed")).toBe(text === "cold-both");
      expect(codes.includes("strangers")).toBe(text === "cold-both");
    }
    const untimed = clubCsv()
      .replace(/,\d+$/gm, "")
      .replace(/,time.*$/m, "");
    writeFileSync(join(folder, "untimed.csv"), untimed);
    await answer(folder, "import", "untimed.csv", "--name", "untimed");
    const { code } = await failure(folder, ["train", "bpr-mf", "--data", "untimed", "--split", "cold-item:date"]);
    expect(code).toBe("DATA_SPLIT");
  });
});
