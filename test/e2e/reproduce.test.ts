import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { below, hash } from "../../src/core/random.ts";
import { answer, failure, penchant, scratch } from "./cli.ts";

interface Reproduction {
  readonly name: string;
  readonly run: string;
  readonly small?: { readonly users: number; readonly epochs: number; readonly seeds: number };
  readonly rows: readonly {
    readonly model: string;
    readonly metric: string;
    readonly protocol?: string;
    readonly published: number | null;
    readonly measured: number;
    readonly low: number;
    readonly high: number;
    readonly epochChosenBy: string;
    readonly epochs: readonly number[];
    readonly seeds: readonly number[];
    readonly values: readonly number[];
    readonly seconds: number;
  }[];
}

const [USERS, ITEMS, EACH, NEGATIVES] = [30, 40, 8, 12];
const text = (rows: readonly (readonly (string | number)[])[]) => `${rows.map((row) => row.join("\t")).join("\n")}\n`;
const users = Array.from({ length: USERS }, (_, user) => user);

/** Items of a user in a random order: the first EACH are rated, in order of time; the last of them is held out. */
const deck = (user: number) =>
  Array.from({ length: ITEMS }, (_, item) => item).sort((a, b) => hash(5, user, a) - hash(5, user, b));

/** A folder in the layout of `ncf-ml-1m`, tiny and made up. */
function ncfFolder(): string {
  const folder = scratch();
  const write = (name: string, data: string | Buffer) => writeFileSync(join(folder, name), data);
  const raw = (item: number) => 1000 + item;
  const held = (user: number) => deck(user)[EACH - 1] ?? 0;
  const rated = users.flatMap((user) =>
    deck(user)
      .slice(0, EACH)
      .map((item, place) => [user + 1, raw(item), 4, place, place % 3 ? "" : 1e9 + 7 * user + place]),
  );
  write("ratings.tsv.gz", gzipSync(text([["user", "movie", "rating", "pos", "timestamp"], ...rated])));
  write("item_list.txt", text(Array.from({ length: ITEMS }, (_, item) => [raw(item), item])));
  write("ml-1m.test.rating", text(users.map((user) => [user, held(user), 4, 0])));
  const negatives = (user: number) => deck(user).slice(EACH, EACH + NEGATIVES);
  write("ml-1m.test.negative", text(users.map((user) => [`(${user},${held(user)})`, ...negatives(user)])));
  return folder;
}

/** `u.data` and `u1.test` with every fifth rating. */
function u1Folder(): string {
  const folder = scratch();
  const rows = users.flatMap((user) =>
    deck(user)
      .slice(0, 2 * EACH)
      .map((item) => [user + 1, item + 1, 1 + below(hash(6, user, item), 5), 880_000_000]),
  );
  writeFileSync(join(folder, "u.data"), text(rows));
  writeFileSync(join(folder, "u1.test"), text(rows.filter((_, i) => i % 5 === 0)));
  return folder;
}

/** A folder in the layout of LightGCN's Gowalla, tiny and made up. */
function lightGcnFolder(): string {
  const folder = scratch();
  const parts = { train: [0, EACH - 2], valid: [EACH - 2, EACH - 1], test: [EACH - 1, EACH + 1] } as const;
  for (const [name, range] of Object.entries(parts)) {
    const rows = users.map((user) => [user, ...deck(user).slice(...range)].join(" "));
    writeFileSync(join(folder, `${name}.txt`), `${rows.join("\n")}\n`);
  }
  return folder;
}

describe("penchant reproduce gowalla", () => {
  test("the validation part chooses the epoch of each model; --quick trains one epoch", async () => {
    const folder = lightGcnFolder();
    const args = ["reproduce", "gowalla", "--from", folder];
    for (const [model, recall] of [
      ["softmax-dnn", 0.1754],
      ["mult-vae", 0.1641],
      ["two-tower", null],
    ] as const) {
      for (const flags of [["--quick"], [], ["--choose"]]) {
        const { rows } = await answer<Reproduction>(folder, ...args, "--only", model, ...flags);
        expect(rows.map(({ metric }) => metric)).toEqual(["recall@20", "ndcg@20"]);
        expect(rows[0]).toMatchObject({ model, published: recall, seeds: [1], epochChosenBy: "validation" });
        expect(rows[0]?.measured).toBeGreaterThan(0);
        if (flags[0] === "--quick") expect(rows[0]?.epochs).toEqual([1]);
      }
    }
    const error = await failure(ncfFolder(), ["reproduce", "gowalla", "--from", "."]);
    expect(error).toMatchObject({ code: "DATA_FORMAT" });
  });
});

/** A folder in the layout of the Steam set: everybody likes one of two genres. */
function steamFolder(): string {
  const folder = scratch();
  mkdirSync(join(folder, "steam"));
  const games = users.flatMap((user) =>
    deck(user).flatMap((item) =>
      item % 2 === user % 2 && hash(8, user, item) % 3 ? [[user + 1, item + 1, "1.0"]] : [],
    ),
  );
  writeFileSync(join(folder, "steam", "game_purchase.dat"), text([["User_ID", "Game_ID", "Purchase"], ...games]));
  const head = ["Game_ID", "name", "genres", "developer", "source"];
  const rows = Array.from({ length: ITEMS }, (_, item) => [
    item + 1,
    `g${item}`,
    item % 2 ? "RPG|Action" : "Puzzle",
    item % 4,
    "csv",
  ]);
  writeFileSync(join(folder, "steam", "games_features.tsv"), text([head, ...rows]));
  return folder;
}

describe("penchant reproduce cold-items", () => {
  test("sets the model beside popularity and what is nearest in content, with the intervals of the differences", async () => {
    const folder = steamFolder();
    const { rows } = await answer<Reproduction>(folder, "reproduce", "cold-items", "--from", folder, "--quick");
    const names = ["ncf-features", "content-attention", "vbpr", "two-tower", "popularity", "content-knn"].map(
      (name) => `steam: ${name}`,
    );
    const above = ["ncf-features", "content-attention", "vbpr", "two-tower"].flatMap((name) =>
      ["popularity", "content-knn"].map((beaten) => `steam: ${name} above ${beaten}`),
    );
    expect(rows.map(({ model, metric }) => `${model} ${metric}`)).toEqual(
      [...names, ...above].flatMap((name) => [`${name} ndcg@10`, `${name} recall@10`]),
    );
    const measuredOf = (name: string) => rows.find(({ model }) => model === name)?.measured ?? Number.NaN;
    // what is like the things somebody has is found without learning; popularity knows nothing of what is new
    expect(measuredOf("steam: content-knn")).toBeGreaterThan(measuredOf("steam: popularity") + 0.2);
    const difference = measuredOf("steam: ncf-features") - measuredOf("steam: popularity");
    expect(measuredOf("steam: ncf-features above popularity")).toBeCloseTo(difference, 10);
    const error = await failure(scratch(), ["reproduce", "cold-items", "--from", "."]);
    expect(error).toMatchObject({ code: "DATA_FILE_MISSING" });
  });

  test("--only SET/MODEL measures one model on one set, beside the same two", async () => {
    const folder = steamFolder();
    const asked = ["reproduce", "cold-items", "--from", folder, "--quick", "--only"];
    const { rows } = await answer<Reproduction>(folder, ...asked, "steam/vbpr");
    expect([...new Set(rows.map(({ model }) => model))]).toEqual(
      ["vbpr", "popularity", "content-knn", "vbpr above popularity", "vbpr above content-knn"].map(
        (name) => `steam: ${name}`,
      ),
    );
    expect(await failure(folder, [...asked, "steam/vbrp"])).toMatchObject({ code: "CONFIG_UNKNOWN" });
    expect(await failure(folder, [...asked, "ml-1m"])).toMatchObject({ code: "DATA_FILE_MISSING" });
  });
});

describe("penchant reproduce ncf-ml-1m", () => {
  let folder: string;
  beforeAll(() => {
    folder = ncfFolder();
  });
  const reproduce = (...args: string[]) =>
    answer<Reproduction>(folder, "reproduce", "ncf-ml-1m", "--from", folder, "--quick", ...args);

  test("--quick runs every row for one epoch with one seed, published beside measured within its interval", async () => {
    const { name, run, small, rows } = await reproduce();
    expect([name, run, small]).toEqual(["ncf-ml-1m", "quick", { users: 1000, epochs: 1, seeds: 1 }]);
    const named = new Set(rows.map(({ model }) => model));
    const { message } = await failure(folder, ["reproduce", "ncf-ml-1m", "--from", folder, "--only", "none"]);
    const known = /expected (.*); received/.exec(message)?.[1]?.split(", ") ?? [];
    expect(known.length).toBeGreaterThan(15);
    expect(named).toEqual(new Set(known));
    const neumf = rows.filter(({ model }) => model === "neumf-8");
    expect(neumf.map(({ epochChosenBy, metric, published }) => [epochChosenBy, metric, published])).toEqual([
      ["test", "hr@10", 0.688],
      ["test", "ndcg@10", 0.41],
      ["validation", "hr@10", 0.688],
      ["validation", "ndcg@10", 0.41],
    ]);
    for (const { model, seeds, epochs, measured, low, high, seconds } of rows) {
      expect([model, seeds.length, epochs.filter((epoch) => epoch > 1)]).toEqual([model, 1, []]);
      expect(low).toBeLessThanOrEqual(measured);
      expect(high).toBeGreaterThanOrEqual(measured);
      expect(high).toBeLessThanOrEqual(1);
      expect(seconds).toBeGreaterThan(0);
    }
    expect(neumf[0]?.measured).toBeGreaterThanOrEqual(neumf[2]?.measured ?? 1);
  });

  test("--only, --choose and --seed take that model, an epoch of a validation part, that seed", async () => {
    const { rows } = await reproduce("--only", "gmf-32", "--choose", "--seed", "7");
    expect(new Set(rows.map(({ model }) => model))).toEqual(new Set(["gmf-32"]));
    expect(rows[3]).toMatchObject({ epochChosenBy: "validation", seeds: [7] });
  });

  test("without --quick every row runs, and what rows share is trained once", async () => {
    const { code, stderr } = await penchant(folder, "reproduce", "ncf-ml-1m", "--from", folder, "--seed", "1");
    expect(code, stderr).toBe(0);
    const started = stderr.split("\n").filter((line) => line.includes(" epoch 1:"));
    const names = [
      "neumf-8",
      "lightgcn",
      "lightgcn-softmax",
      "fism",
      "sasrec",
      "gmf-32",
      "neumf-64",
      "mlp-64",
      "gmf-64",
      "neumf-64-pretrained",
    ];
    expect(started.map((line) => line.trim().split(" ")[0])).toEqual(names);
  });

  test("an --only without rows is refused with the list, and so is an unknown name", async () => {
    const args = ["reproduce", "ncf-ml-1m", "--from", folder];
    const error = await failure(folder, [...args, "--only", "gmf-33"]);
    expect(error).toMatchObject({ code: "CONFIG_UNKNOWN", fix: 'Did you mean "gmf-32"?' });
    for (const name of ["neumf-8", "gmf-32", "neumf-64-pretrained"]) expect(error.message).toContain(name);
    const { code, message } = await failure(folder, ["reproduce", "toString", "--from", folder]);
    expect([code, message]).toEqual(["CONFIG_UNKNOWN", expect.stringContaining("ml-100k-u1")]);
  });

  test("people get a table", async () => {
    const { code, stdout } = await penchant(folder, "reproduce", "ncf-ml-1m", "--from", folder, "--quick");
    expect(code).toBe(0);
    for (const column of ["published", "measured", "95 % interval", "epoch(s)", "chosen by", "seeds"])
      expect(stdout).toContain(column);
    expect(stdout).toContain("In small (--quick)");
    expect(stdout).not.toContain("the figure to quote");
    expect(stdout).toContain(`${NEGATIVES} given negatives per user, ${USERS} users`);
  });
});

describe("penchant reproduce ml-1m-sequence", () => {
  test("the last but one interaction chooses the epoch; both ways to rank stand beside what was published for each", async () => {
    const folder = ncfFolder();
    const args = ["reproduce", "ml-1m-sequence", "--from", folder, "--only", "sasrec", "--quick"];
    const { rows } = await answer<Reproduction>(folder, ...args);
    expect(rows.map(({ metric, protocol, published }) => [metric, protocol, published])).toEqual([
      ["hr@10", "full", 0.3152],
      ["ndcg@10", "full", 0.1821],
      ["hr@10", "sampled-100", 0.8245],
      ["ndcg@10", "sampled-100", 0.5905],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ model: "sasrec", epochChosenBy: "validation", seeds: [1] });
      expect(row.epochs[0]).toBeLessThanOrEqual(2);
      expect(row.measured).toBeLessThanOrEqual(row.high);
    }
    const error = await failure(folder, ["reproduce", "ml-1m-sequence", "--from", lightGcnFolder()]);
    expect(error).toMatchObject({ code: "DATA_FORMAT" });
  });
});

describe("penchant reproduce ml-100k-u1", () => {
  test("--quick runs one seed; published is null, because there is nothing comparable", async () => {
    const folder = u1Folder();
    const args = ["reproduce", "ml-100k-u1", "--from", folder];
    const { rows } = await answer<Reproduction>(folder, ...args, "--quick");
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ model: "biased-mf", metric: "rmse", published: null, seeds: [1] });
    const { measured = 0, low = 1, high = 0 } = rows[0] ?? {};
    expect(low).toBeLessThan(measured);
    expect(high).toBeGreaterThan(measured);
    const error = await failure(folder, [...args, "--only", "gmf-32"]);
    expect(error).toMatchObject({ code: "CONFIG_UNKNOWN", message: expect.stringContaining("biased-mf") });
  });
});

describe("penchant reproduce ml-100k-rmse and ml-1m-rmse", () => {
  test.each([
    ["ml-100k-rmse", u1Folder, "svd-plus-plus", 0.919, 5],
    ["ml-1m-rmse", ncfFolder, "autorec", 0.831, 1],
  ] as const)(
    "%s: every seed foretells each rating of the test once, and costs stand beside",
    async (name, make, model, published, parts) => {
      const args = ["reproduce", name, "--from", make()];
      const quick = await answer<Reproduction>(scratch(), ...args, "--quick");
      const models =
        name === "ml-1m-rmse"
          ? ["biased-mf", "autorec", "autorec-users", "rbm", "dbn", "cf-nade"]
          : ["biased-mf", "svd-plus-plus"];
      expect(quick.rows.map((row) => [row.model, row.metric, row.epochs.length])).toEqual(
        models.map((one) => [one, "rmse", 1]),
      );
      const { rows } = await answer<Reproduction>(scratch(), ...args, "--only", model, "--seed", "4");
      expect(rows[0]).toMatchObject({ model, published, epochChosenBy: "validation", seeds: [4] });
      expect(rows[0]?.epochs).toHaveLength(parts);
      expect(rows[0]?.values[0]).toBeCloseTo(rows[0]?.measured ?? 0, 9);
      expect(rows[0]).toMatchObject({ parameters: expect.any(Number), trainSeconds: expect.any(Number) });
      expect((await penchant(scratch(), ...args, "--quick")).stdout).toMatch(/peak memory.*parameters/);
    },
  );
});

describe("a random share of each user's interactions", () => {
  test.each(["ml-1m-ratio", "ml-100k-ratio"])(
    "%s: solved models have no epoch; others let validation choose it",
    async (name) => {
      const folder = name === "ml-1m-ratio" ? ncfFolder() : u1Folder();
      const args = ["reproduce", name, "--from", folder];
      const quick = await answer<Reproduction>(folder, ...args, "--quick");
      expect(new Set(quick.rows.map(({ model }) => model)).size).toBe(12);
      const knn = quick.rows.filter(({ model }) => model === "item-knn");
      expect(knn.map(({ metric }) => metric)).toEqual(["ndcg@10", "recall@10", "precision@10"]);
      expect(knn[0]).toMatchObject({ published: null, epochChosenBy: "none", seeds: [1] });
      const trained = await answer<Reproduction>(folder, ...args, "--only", "bpr-mf");
      expect(trained.rows[0]).toMatchObject({ published: expect.any(Number), epochChosenBy: "validation" });
      expect(trained.rows[0]?.measured).toBeGreaterThan(0);
    },
  );
});

describe("penchant reproduce --all", () => {
  test("repeats what is there, and says what is not", async () => {
    const folder = scratch();
    cpSync(u1Folder(), join(folder, "ml-100k"), { recursive: true });
    cpSync(join(steamFolder(), "steam"), join(folder, "steam"), { recursive: true });
    const { reproductions, skipped } = await answer<{
      reproductions: readonly Reproduction[];
      skipped: readonly { name: string; folder: string }[];
    }>(folder, "reproduce", "--all", "--quick", "--from", folder);
    expect(reproductions.map(({ name }) => name)).toEqual([
      "cold-items",
      "ml-100k-ratio",
      "ml-100k-u1",
      "ml-100k-rmse",
    ]);
    expect(skipped.map(({ name }) => name)).toEqual([
      "ncf-ml-1m",
      "gowalla",
      "ml-1m-sequence",
      "ml-1m-time",
      "ml-1m-ratio",
      "ml-1m-rmse",
      "lastfm-diversity",
    ]);
  }, 240_000);
  test("a name and --all are one too many, neither is one too few", async () => {
    const folder = scratch();
    for (const args of [["gowalla", "--all"], []]) {
      const { code } = await failure(folder, ["reproduce", ...args, "--from", folder], 2);
      expect(code).toBe("USAGE_ARGUMENTS");
    }
    expect((await failure(folder, ["reproduce", "--all", "--from", folder])).code).toBe("DATA_FILE_MISSING");
  });
});

describe("penchant reproduce lastfm-diversity", () => {
  test("the published table beside what was measured, for the method that is asked for", async () => {
    const folder = scratch();
    const plays = users.flatMap((user) =>
      deck(user)
        .slice(0, 12)
        .map((item) => [user + 1, item + 1, 100 - item]),
    );
    writeFileSync(join(folder, "user_artists.dat"), text([["userID", "artistID", "weight"], ...plays]));
    const args = ["reproduce", "lastfm-diversity", "--from", folder, "--quick", "--only", "msd"];
    const { rows } = await answer<Reproduction>(folder, ...args);
    expect(rows.map(({ model, metric, published }) => [model, metric, published])).toEqual([
      ["by score", "ndcg@10", 0.1582],
      ["by score", "ilad", 0.426],
      ["by score", "ilmd", 0.083],
      ["msd", "ndcg@10", 0.1537],
      ["msd", "ilad", 0.837],
      ["msd", "ilmd", 0.103],
    ]);
    const of = (model: string, metric: string) =>
      rows.find((row) => row.model === model && row.metric === metric)?.measured ?? Number.NaN;
    expect(of("msd", "ilad")).toBeGreaterThanOrEqual(of("by score", "ilad"));
    expect(of("msd", "ndcg@10")).toBeGreaterThanOrEqual(0.95 * of("by score", "ndcg@10"));
  });
});
