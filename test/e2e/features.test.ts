import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure } from "./cli.ts";

let folder: string;
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
interface Feature {
  readonly name: string;
  readonly kind: string;
  readonly coverage: number;
}
interface Added {
  readonly id: string;
  readonly matched: number;
  readonly features: readonly Feature[];
}

beforeAll(async () => {
  folder = await clubFolder();
  const rows = Array.from(
    { length: 80 },
    (_, i) => `film-${i + 1},${i % 2 ? "drama|war" : "comedy"},${1950 + (i % 60)},x`,
  );
  write("films.csv", ["film,genres,year,same", ...rows].join("\n"));
  write(
    "people.jsonl",
    Array.from({ length: 150 }, (_, i) => JSON.stringify({ who: `user-${i + 1}`, age: 18 + (i % 50) })).join("\n"),
  );
}, 60_000);

describe("features", () => {
  test("are added to a data set, saved with it, and shown with what they are worth", async () => {
    const { added } = await answer<{ added: Added[] }>(
      folder,
      "features",
      "ratings",
      "--items",
      "films.csv",
      "--users",
      "people.jsonl",
    );
    expect(added.map(({ id }) => id)).toEqual(["film", "who"]);
    expect(added[0]?.matched).toBeGreaterThan(50);
    const { items, users } = await answer<{ items: Feature[]; users: Feature[] }>(folder, "features", "ratings");
    expect(items.map(({ name, kind }) => [name, kind])).toEqual([
      ["genres", "multi"],
      ["year", "number"],
      ["same", "none"],
    ]);
    expect(users.map(({ name, kind }) => [name, kind])).toEqual([["age", "number"]]);
  });

  test("are read otherwise when asked, and a dry run writes nothing", async () => {
    const dry = await answer<{ added: Added[] }>(
      folder,
      "features",
      "ratings",
      "--items",
      "films.csv",
      "--kind",
      "year=buckets",
      "--dry-run",
    );
    expect(dry.added[0]?.features[1]?.kind).toBe("buckets");
    const { items } = await answer<{ items: Feature[] }>(folder, "features", "ratings");
    expect(items[1]?.kind).toBe("number");
  });

  test("come with an import, and stay when somebody is forgotten", async () => {
    const imported = await answer<{ features: Added[] }>(
      folder,
      "import",
      "ratings.csv",
      "--name",
      "again",
      "--item-features",
      "films.csv",
      "--user-features",
      "people.jsonl",
    );
    expect(imported.features).toHaveLength(2);
    await answer(folder, "forget", "user-3");
    const { items, users } = await answer<{ items: Feature[]; users: Feature[] }>(folder, "features", "again");
    expect([items.length, users.length]).toEqual([3, 1]);
  });

  test("that cannot be meant are refused, and nothing is lost", async () => {
    write("other.csv", "id,genre\na,b\nc,d\n");
    write("twice.csv", "film,genre\nfilm-1,b\nfilm-1,d\n");
    const of = async (...rest: string[]) => (await failure(folder, ["features", "ratings", ...rest])).code;
    expect(await of("--items", "other.csv")).toBe("FEATURE_ID");
    expect(await of("--items", "twice.csv")).toBe("FEATURE_DUPLICATE");
    expect(await of("--items", "films.csv", "--id", "movie")).toBe("FEATURE_UNKNOWN");
    expect(await of("--items", "films.csv", "--kind", "genres=list")).toBe("CONFIG_UNKNOWN");
    expect(await of("--items", "nowhere.csv")).toBe("DATA_FILE_MISSING");
    const { items } = await answer<{ items: Feature[] }>(folder, "features", "ratings");
    expect(items).toHaveLength(3);
  });

  test("let a run rank what nobody has met, and take in new items and people", async () => {
    type List = { method: string; items: { item: string }[] };
    await answer(
      folder,
      "train",
      "ncf-features",
      "--data",
      "ratings",
      "--split",
      "cold-item",
      "--run",
      "cold",
      "--epochs",
      "2",
      "--threads",
      "1",
    );
    const measured = await answer<{ protocols: { protocol: string }[]; warnings: object[] }>(
      folder,
      "evaluate",
      "cold",
    );
    expect(measured.protocols.map(({ protocol }) => protocol)).toContain("given");
    write("new.csv", "film,genres,year,same\nfilm-1,drama,1999,x\nfilm-new,drama|war,1999,x\n");
    const list = await answer<List>(
      folder,
      "recommend",
      "cold",
      "--user",
      "user-1",
      "--new-items",
      "new.csv",
      "--candidates",
      "film-new,film-1",
      "--include-seen",
    );
    expect(list.items.map(({ item }) => item).sort()).toEqual(["film-1", "film-new"]);
    const person = await answer<List>(folder, "recommend", "cold", "--features", '{"age": 30}', "-k", "3");
    expect([person.method, person.items.length]).toEqual(["features", 3]);
    const wrong = async (...rest: string[]) => (await failure(folder, ["recommend", "cold", ...rest])).code;
    expect(await wrong("--features", '{"height": 30}')).toBe("FEATURE_UNKNOWN");
    expect(await wrong("--features", '{"age": "old"}')).toBe("FEATURE_VALUE");
    await answer(folder, "train", "bpr-mf", "--data", "ratings", "--run", "plain", "--epochs", "1");
    expect((await failure(folder, ["recommend", "plain", "--user", "user-1", "--new-items", "new.csv"])).code).toBe(
      "FEATURE_MISSING",
    );
  });
});

test("a file of one new item, of words alone, is read by its names", async () => {
  write("words.csv", "film,genres\nfilm-words,drama\n");
  await answer(folder, "train", "two-tower", "--data", "ratings", "--split", "none", "--run", "words", "--epochs", "1");
  const { items } = await answer<{ items: { item: string }[] }>(
    folder,
    ...["recommend", "words", "--user", "user-3", "--new-items", "words.csv", "--candidates", "film-words"],
  );
  expect(items.map(({ item }) => item)).toEqual(["film-words"]);
});

interface Mapped {
  readonly side: string;
  readonly groups: readonly { readonly name: string; readonly count: number }[];
  readonly points: readonly { readonly id: string; readonly label: string; readonly group?: number }[];
  readonly neighbours: readonly {
    readonly id: string;
    readonly nearest: readonly { readonly id: string; readonly cosine: number }[];
  }[];
  readonly explained: readonly [number, number];
}

describe("map", () => {
  beforeAll(async () => {
    await answer(folder, ...["features", "ratings", "--items", "films.csv", "--users", "people.jsonl"]);
    await answer(folder, "train", "bpr-mf", "--epochs", "1", "--run", "drawn");
    await answer(folder, "train", "ease", "--run", "closed");
  }, 60_000);

  test("draws items by what is learned of them, coloured by a feature, with a legend", async () => {
    const mapped = await answer<Mapped>(
      folder,
      ...["map", "drawn", "--color", "year", "--named", "5", "--svg", "map.svg"],
    );
    expect(mapped.groups).toHaveLength(4);
    expect(mapped.groups.reduce((sum, { count }) => sum + count, 0)).toBe(
      mapped.points.filter(({ group }) => group !== undefined).length,
    );
    expect(mapped.neighbours).toHaveLength(5);
    for (const { nearest } of mapped.neighbours) expect(nearest[0]?.cosine).toBeGreaterThan(nearest[2]?.cosine ?? 1);
    expect(mapped.explained[0]).toBeGreaterThanOrEqual(mapped.explained[1]);
    const picture = readFileSync(join(folder, "map.svg"), "utf8");
    expect(picture.match(/<circle/g)).toHaveLength(mapped.points.length + mapped.groups.length);
    expect(picture).toContain(`>${mapped.points[0]?.label}</text>`);
    const again = await answer<Mapped>(
      folder,
      ...["map", "drawn", "--color", "year", "--named", "5", "--svg", "map.svg"],
    );
    expect(again).toEqual(mapped);
  });

  test("draws as PNG, and by UMAP so that neighbours by whole vectors are near", async () => {
    interface Placed extends Omit<Mapped, "explained" | "points"> {
      readonly explained: null;
      readonly points: readonly { readonly id: string; readonly x: number; readonly y: number }[];
    }
    const asked = ["map", "drawn", "--method", "umap", "--named", "30", "--png", "map.png"];
    const { explained, points, neighbours } = await answer<Placed>(folder, ...asked);
    expect(explained).toBeNull();
    const picture = PNG.sync.read(readFileSync(join(folder, "map.png")));
    expect([picture.width, picture.height]).toEqual([1440, 1528]);
    const at = new Map(points.map((point) => [point.id, point]));
    const apart = (a: string, b: string): number => {
      const [p, q] = [at.get(a), at.get(b)];
      return p && q ? Math.hypot(p.x - q.x, p.y - q.y) : Number.NaN;
    };
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;
    const near = median(neighbours.map(({ id, nearest }) => apart(id, nearest[0]?.id ?? "")));
    const any = median(neighbours.map(({ id }, i) => apart(id, points[(7 * i + 11) % points.length]?.id ?? "")));
    expect(near).toBeLessThan(0.5 * any);
    expect((await answer<Placed>(folder, ...asked)).points).toEqual(points);
    const other = await answer<Placed>(folder, ...asked.slice(0, 4), "--seed", "2");
    expect(other.points).not.toEqual(points);
  });

  test("draws users too, and refuses what has no vectors and no such feature", async () => {
    const mapped = await answer<Mapped>(folder, "map", "drawn", "--users", "--color", "age");
    const told = mapped.points.filter(({ group }) => group !== undefined).length;
    expect(mapped.side).toBe("users");
    expect(told).toBeGreaterThan(100); // of some people of the ratings no age is known
    expect(mapped.points.length).toBeGreaterThan(told);
    expect((await failure(folder, ["map", "closed", "--users"])).code).toBe("CONFIG_VALUE");
    expect((await failure(folder, ["map", "drawn", "--color", "yaer"])).code).toBe("FEATURE_UNKNOWN");
    expect((await failure(folder, ["map", "drawn", "--items", "--users"], 2)).code).toBe("USAGE_ARGUMENTS");
  });
});

describe("vectors that others made", () => {
  /** What numpy.save writes for float32, a row of two numbers for each film from `first` on. */
  function vectors(name: string, first: number, count: number): void {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, 2), }`.padEnd(117);
    const numbers = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(first + i));
    const prefix = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, 118, 0]);
    writeFileSync(join(folder, name), Buffer.concat([prefix, Buffer.from(`${header}\n`), Buffer.from(numbers.buffer)]));
    write(`${name}.ids`, Array.from({ length: count }, (_, i) => `film-${first + i}`).join("\n"));
  }

  test("become a feature, and new items are answered by them", async () => {
    vectors("look.npy", 1, 70);
    const files = ["--item-features", "look.npy", "--item-feature-ids", "look.npy.ids"];
    const imported = await answer<{ features: Added[] }>(folder, "import", "ratings.csv", "--name", "seen", ...files);
    expect(imported.features[0]?.features).toMatchObject([{ name: "look", kind: "vector" }]);
    await answer(folder, "train", "vbpr", "--data", "seen", "--split", "none", "--run", "visual", "--epochs", "2");
    write("new.csv", "film,look\nfilm-new,0.1 -0.9\n");
    const asked = ["--user", "user-7", "--new-items", "new.csv", "--candidates", "film-new,film-3", "--include-seen"];
    const { items } = await answer<{ items: { item: string }[] }>(folder, "recommend", "visual", ...asked);
    expect(items.map(({ item }) => item).sort()).toEqual(["film-3", "film-new"]);
  });

  test("of new items are a file of them too, whatever it is called", async () => {
    vectors("tomorrow.npy", 71, 2); // film-71 and film-72, by the only feature of vectors
    const own = Float32Array.from({ length: 2 }, (_, i) => Math.sin(71 + i));
    write("same.csv", `film,look\nfilm-71,${Array.from(own).join(" ")}\n`);
    const asked = ["--user", "user-7", "--candidates", "film-71,film-3", "--include-seen"];
    const ask = (...files: string[]) =>
      answer<{ items: { item: string; score: number }[] }>(folder, "recommend", "visual", ...asked, ...files);
    const byFile = await ask("--new-items", "tomorrow.npy", "--new-item-ids", "tomorrow.npy.ids");
    const byText = await ask("--new-items", "same.csv");
    expect(byFile.items.map(({ item }) => item).sort()).toEqual(["film-3", "film-71"]);
    for (const [i, { item, score }] of byFile.items.entries()) {
      expect(byText.items[i]?.item).toBe(item);
      expect(byText.items[i]?.score).toBeCloseTo(score, 5);
    }
    const refused = (...files: string[]) => failure(folder, ["recommend", "visual", ...asked, ...files]);
    expect(await refused("--new-items", "tomorrow.npy")).toMatchObject({ code: "FEATURE_ID" });
    write("few.txt", "film-71\n");
    expect(await refused("--new-items", "tomorrow.npy", "--new-item-ids", "few.txt")).toMatchObject({
      code: "FEATURE_FILE",
    });
    write("other.csv", "film,height\nfilm-71,3\n");
    expect(await refused("--new-items", "other.csv")).toMatchObject({ code: "FEATURE_UNKNOWN" });
    const alone = ["recommend", "visual", ...asked, "--new-item-ids", "few.txt"];
    expect(await failure(folder, alone, 2)).toMatchObject({ code: "USAGE_ARGUMENTS" });
  });

  test("whose ids do not fit are refused, and nothing is written", async () => {
    vectors("look.npy", 1, 70);
    const dry = (...args: string[]) => failure(folder, ["features", "ratings", ...args]);
    const wrongUse = ["features", "ratings", "--items", "films.csv", "--item-ids", "few.txt"];
    write("few.txt", "film-1\nfilm-2\n");
    expect(await dry("--items", "look.npy", "--item-ids", "few.txt")).toMatchObject({ code: "FEATURE_FILE" });
    expect(await dry("--items", "look.npy")).toMatchObject({ code: "FEATURE_ID" });
    expect(await failure(folder, wrongUse, 2)).toMatchObject({ code: "USAGE_ARGUMENTS" });
  });
});
