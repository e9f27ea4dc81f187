import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";

interface Difference {
  readonly row: string;
  readonly than: string;
  readonly protocol: string;
  readonly metric: string;
  readonly users: number;
  readonly difference: { readonly value: number };
  readonly p: number;
  readonly holm: number;
  readonly benjaminiHochberg: number;
  readonly verdict: string;
}
interface Compared {
  readonly groups: readonly {
    readonly split: { readonly kind: string };
    readonly best: { readonly row: string; readonly metric: string };
    readonly rows: readonly {
      readonly name: string;
      readonly protocols: Record<string, Record<string, { value: number }>>;
    }[];
    readonly differences: readonly Difference[];
  }[];
  readonly gates?: readonly object[];
}

let folder: string;
const compare = (...args: string[]) => answer<Compared>(folder, "compare", ...args);
beforeAll(async () => {
  folder = await clubFolder();
  for (const model of ["popularity", "ease", "item-knn"]) await answer(folder, "train", model, "--run", model);
  await answer(folder, "train", "biased-mf", "--run", "stars", "--epochs", "2", "--threads", "1");
}, 120_000);

describe("compare", () => {
  test("holds every run against the best one, user by user, corrected for the others", async () => {
    const { groups } = await compare("popularity", "ease", "item-knn");
    const [group] = groups;
    expect(group?.rows.map(({ name }) => name)).toEqual(["random", "popularity", "ease", "item-knn"]);
    const best = group?.best.row as string;
    const figureOf = (name: string) =>
      group?.rows.find((row) => row.name === name)?.protocols["full"]?.["ndcg@10"]?.value ?? Number.NaN;
    for (const name of ["popularity", "ease", "item-knn"]) expect(figureOf(name)).toBeLessThanOrEqual(figureOf(best));
    // two other runs, two metrics, two protocols; random scores are not kept by user
    expect(group?.differences).toHaveLength(8);
    for (const { row, than, protocol, metric, difference, users, p, holm, benjaminiHochberg } of group?.differences ??
      []) {
      expect(than).toBe(best);
      expect(users).toBe(240);
      expect(holm).toBeGreaterThanOrEqual(p);
      expect(holm).toBeGreaterThanOrEqual(benjaminiHochberg);
      if (protocol === "full" && metric === "ndcg@10")
        expect(difference.value).toBeCloseTo(figureOf(row) - figureOf(best), 6);
    }
  });
  test("keeps values by user, so that nothing is evaluated again", async () => {
    await compare("ease", "item-knn");
    const { stderr } = await penchant(folder, "compare", "ease", "item-knn");
    expect(stderr).not.toContain("Evaluating");
  });
  test("the same run under two names is noise, whatever is asked for", async () => {
    await answer(folder, "train", "ease", "--run", "again");
    const { groups } = await compare("ease", "again");
    expect(groups[0]?.differences.filter(({ row, than }) => row !== "popularity" && than !== "popularity")).toEqual(
      ["full", "sampled-99"].flatMap((protocol) =>
        ["hr@10", "ndcg@10"].map((metric) =>
          expect.objectContaining({
            protocol,
            metric,
            verdict: "noise",
            p: 1,
            difference: { value: 0, low: 0, high: 0 },
          }),
        ),
      ),
    );
  });
  test("a model of ratings is compared by its errors, the mean beside it", async () => {
    const { groups } = await compare("stars");
    const [group] = groups;
    expect(group?.best.metric).toBe("rmse");
    expect(group?.rows.map(({ name }) => name)).toEqual(["popularity", "random", "mean", "stars"]);
    expect(group?.differences.find(({ metric }) => metric === "rmse")).toMatchObject({
      protocol: "rating",
      users: 240,
    });
  });
  test.each([
    ["comparison.csv", /^dataset,split,k,run,/],
    ["comparison.md", /\| ease \(ease\) \|/],
    ["comparison.svg", /^<svg .*<\/svg>\n$/s],
    ["comparison.json", /^\{"k":10,/],
  ])("--output %s writes it by its ending", async (file, form) => {
    await compare("ease", "item-knn", "--output", file);
    expect(readFileSync(join(folder, file), "utf8")).toMatch(form);
  });
  test("an ending that says nothing is wrong usage", async () => {
    expect(await failure(folder, ["compare", "ease", "--output", "comparison.docx"], 2)).toMatchObject({
      code: "USAGE_ARGUMENTS",
    });
  });
});

describe("compare --gate", () => {
  test("passes a run that is no worse, and says by how much", async () => {
    const { gates } = await compare("popularity", "ease", "--gate", "ndcg@10 full >= -0.5%");
    expect(gates).toEqual([expect.objectContaining({ passed: true, gate: "ndcg@10 full >= -0.5%" })]);
  });
  test("ends with 1 and the reason where the run is worse", async () => {
    const { code, message } = await failure(folder, [
      "compare",
      "ease",
      "popularity",
      "--gate",
      "ndcg@10 full >= -0.5%",
    ]);
    expect(code).toBe("EVAL_GATE");
    expect(message).toMatch(/"popularity" does not take the place of "ease": ndcg@10 full changes by -\d+\.\d\d %/);
    const { code: exit } = await penchant(folder, "compare", "ease", "popularity", "--gate", "ndcg@10 full >= -0.5%");
    expect(exit).toBe(1);
  });
  test.each([
    [["ease"], "ndcg@10 full >= 0", "USAGE_ARGUMENTS"],
    [["ease", "popularity"], "ndcg@10 >= 0", "CONFIG_VALUE"],
    [["ease", "popularity"], "ndcg@5 full >= 0", "CONFIG_VALUE"],
    [["ease", "popularity"], "rmse rating <= 0", "CONFIG_VALUE"],
    [["ease", "stars"], "ndcg@10 full >= 0", "EVAL_UNPAIRED"],
  ])("of %j by %j is %s", async (runs, gate, code) => {
    const status = code.startsWith("USAGE_") ? 2 : 1;
    expect(await failure(folder, ["compare", ...runs, "--gate", gate], status)).toMatchObject({ code });
  });
});

describe("compare by log loss", () => {
  beforeAll(async () => {
    const usual = ["--set", "metric=logloss", "protocol=sampled-4", "--threads", "1"];
    await answer(folder, "train", "gmf", "--run", "clicks", "--epochs", "6", ...usual);
    await answer(folder, "train", "gmf", "--run", "first", "--epochs", "1", ...usual);
  }, 60_000);

  test("lower is better, and tells so", async () => {
    const { groups } = await compare("clicks", "first");
    const [group] = groups;
    const lossOf = (name: string) =>
      group?.rows.find((row) => row.name === name)?.protocols["sampled-99"]?.["logloss"]?.value ?? Number.NaN;
    expect(lossOf("clicks")).toBeGreaterThan(0);
    const found = group?.differences.filter(({ metric }) => metric === "logloss") ?? [];
    expect(found).toEqual([expect.objectContaining({ protocol: "sampled-99" })]);
    for (const { row, than, difference, verdict } of found) {
      expect(difference.value).toBeCloseTo(lossOf(row) - lossOf(than), 6);
      expect(difference.value).toBeGreaterThan(0); // than the one with the least
      expect(verdict).toBe("worse"); // 240 users, and far apart
    }
  });
  test("a star marks the least", async () => {
    const { stdout } = await penchant(folder, "compare", "clicks", "first");
    expect(stdout).toMatch(/, the least logloss sampled-99: (clicks|first); ≈/);
    expect(stdout.match(/ ★/g)).toHaveLength(2); // by NDCG and by log loss
  });
  test("a gate judges by it, of runs that have one", async () => {
    const [gate, never] = ["logloss sampled-99 <= 1000%", "logloss sampled-99 <= -99%"];
    expect((await compare("first", "clicks", "--gate", gate)).gates).toHaveLength(1);
    expect(await failure(folder, ["compare", "first", "clicks", "--gate", never])).toMatchObject({ code: "EVAL_GATE" });
    for (const runs of [
      ["clicks", "item-knn"],
      ["item-knn", "clicks"],
    ]) {
      const { code, message } = await failure(folder, ["compare", ...runs, "--gate", gate]);
      expect([code, message]).toEqual(["CONFIG_VALUE", expect.stringContaining('"item-knn" has no log loss')]);
    }
    const full = await failure(folder, ["compare", "first", "clicks", "--gate", "logloss full <= 0"]);
    expect(full.message).toContain("ranks without a list");
  });
  test("evaluate shows it with its interval and what a constant gives", async () => {
    const { stdout } = await penchant(folder, "evaluate", "clicks", "--protocol", "sampled-4");
    expect(stdout).toMatch(/^clicks .* \.\d+ \[\.\d+, \.\d+\]$/m);
    expect(stdout).toContain("telling every candidate the share of held-out items gives .500");
  });
  test("training or tuning by it is refused where scores are no probabilities", async () => {
    for (const command of [
      ["train", "bpr-mf"],
      ["tune", "item-knn", "--trials", "2"],
    ]) {
      const { code } = await failure(folder, [...command, "--set", "metric=logloss", "protocol=sampled-4"]);
      expect(code).toBe("CONFIG_VALUE");
    }
  });
});

describe("forget and compare", () => {
  test("a person's values go with them; the others are still compared, also where a run was trained since", async () => {
    await compare("ease", "item-knn");
    const before = await compare("ease", "item-knn");
    await answer(folder, "forget", "user-17");
    const after = await compare("ease", "item-knn");
    expect(before.groups[0]?.differences[0]?.users).toBe(240);
    expect(after.groups[0]?.differences[0]?.users).toBe(239);
  });
  test("damaged values are told", async () => {
    writeFileSync(join(folder, ".penchant", "runs", "ease", "users-k10.safetensors"), "nothing");
    expect(await failure(folder, ["compare", "ease", "item-knn"])).toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });
});

describe("evaluate --slices", () => {
  interface Slices {
    readonly sliced: {
      readonly slices: readonly {
        by: string;
        name: string;
        of: string;
        users: number;
        targets: number;
        metrics: object;
        popularity: object;
      }[];
      readonly gaps: readonly { by: string; gap: number }[];
    };
    readonly lists: { readonly metrics: object; readonly exposure: readonly object[] };
  }

  test("measures parts of users and items beside popularity, and what the lists are like", async () => {
    await answer(folder, "train", "ease", "--run", "sliced");
    const { sliced, lists } = await answer<Slices>(
      folder,
      "evaluate",
      "sliced",
      "--slices",
      "activity,popularity,cold",
    );
    const count = (by: string, of: string) =>
      sliced.slices.filter((slice) => slice.by === by && slice.of === of).reduce((sum, { users }) => sum + users, 0);
    expect([count("activity", "users"), count("popularity", "items"), count("cold", "users")]).toEqual([239, 239, 239]);
    for (const { metrics, popularity, users } of sliced.slices) {
      if (users === 0) continue;
      expect(Object.keys(metrics)).toEqual(Object.keys(popularity));
    }
    for (const { gap } of sliced.gaps) expect(gap).toBeGreaterThanOrEqual(0);
    expect(Object.keys(lists.metrics)).toContain("serendipity@10");
    expect(lists.exposure).toHaveLength(3);
    const { stdout } = await penchant(folder, "evaluate", "sliced", "--slices", "activity");
    expect(stdout).toContain("slices by activity, full ranking, sliced");
  });
  test("by a feature: each of its values", async () => {
    const films = Array.from({ length: 60 }, (_, i) => `film-${i + 1},${i % 2 ? "Drama|War" : "Comedy"},${1950 + i}`);
    writeFileSync(join(folder, "films.csv"), ["movieId,genres,year", ...films].join("\n"));
    await answer(folder, "features", "ratings", "--items", "films.csv");
    const { sliced } = await answer<Slices>(
      ...[folder, "evaluate", "sliced", "--slices", "feature:genres,feature:year"],
    );
    const names = sliced.slices.map(({ name }) => name);
    expect(names.slice(0, 3).sort()).toEqual(["genres Comedy", "genres Drama", "genres War"]);
    expect(names.slice(3).every((name) => name.endsWith(" year"))).toBe(true);
  });
  test("of what is no kind is refused, with the nearest one", async () => {
    expect(await failure(folder, ["evaluate", "sliced", "--slices", "activty"])).toMatchObject({
      code: "CONFIG_VALUE",
      fix: 'Did you mean "activity"?',
    });
  });
});
