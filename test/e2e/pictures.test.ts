/** Items told by their pictures alone: posters whose stripes lie down or stand, in colours and places that say nothing. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { beforeAll, describe, expect, test } from "vitest";
import { below, hash, unit } from "../../src/core/random.ts";
import { answer, failure, scratch } from "./cli.ts";

const folder = scratch();
const [films, people, fresh] = [120, 150, 12];
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

/** Stripes of two colours: standing ones where `standing`, wherever they begin and however wide they are. */
function poster(name: string, key: number, standing: boolean): void {
  const [width, height] = [40, 48];
  const colours = [0, 1].map((of) => [0, 1, 2].map((c) => below(hash(1, key, of, c), 256)));
  const [phase, period] = [8 * unit(hash(2, key)), 6 + 4 * unit(hash(3, key))];
  const image = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const stripe = Math.floor((2 * ((standing ? x : y) + phase)) / period) % 2;
      image.data.set([...(colours[stripe] ?? []), 255], (y * width + x) * 4);
    }
  }
  writeFileSync(join(folder, name), PNG.sync.write(image));
}

beforeAll(() => {
  for (const name of ["posters", "new"]) mkdirSync(join(folder, name));
  for (let film = 0; film < films; film++) poster(join("posters", `film-${film}.png`), film, film % 2 === 1);
  const rows = Array.from({ length: people }, (_, user) => {
    const seen = new Set<number>();
    for (let draw = 0; seen.size < 20; draw++) {
      const film = below(hash(4, user, draw), films);
      if (film % 2 === user % 2 || unit(hash(5, user, draw)) < 0.05) seen.add(film);
    }
    return [...seen].map((film, i) => `user-${user},film-${film},${1e9 + 86400 * i}`);
  });
  write("seen.csv", ["user,film,time", ...rows.flat()].join("\n"));
  for (let film = 0; film < fresh; film++) poster(join("new", `new-${film}.png`), 1000 + film, film % 2 === 1);
  const rowsOfNew = Array.from({ length: fresh }, (_, film) => `new-${film},new/new-${film}.png`);
  write("tomorrow.csv", ["film,picture", ...rowsOfNew].join("\n"));
});

interface Interval {
  readonly low: number;
  readonly high: number;
}
interface Measured {
  readonly protocols: readonly {
    readonly protocol: string;
    readonly metrics: Readonly<Record<string, Interval>>;
  }[];
}

describe("a folder of posters", () => {
  test("is read as features of the films, and told to be pictures", async () => {
    const { features } = await answer<{ features: { matched: number; features: { name: string; kind: string }[] }[] }>(
      folder,
      ...["import", "seen.csv", "--name", "club", "--item-features", "posters"],
    );
    expect(features[0]).toMatchObject({ matched: films, features: [{ name: "picture", kind: "image" }] });
  });

  test("new films are ranked by what convolutions see in their posters", async () => {
    const options = ["--epochs", "12", "--set", "patience=20"];
    await answer(folder, "train", "two-tower", "--data", "club", "--split", "cold-item", ...options, "--run", "cold");
    const measured = await answer<Measured & { baselines: { popularity: Measured } }>(folder, "evaluate", "cold");
    const ndcg = ({ protocols }: Measured): Interval =>
      protocols.find(({ protocol }) => protocol === "given")?.metrics["ndcg@10"] ?? { low: 0, high: 1 };
    expect(ndcg(measured).low).toBeGreaterThan(ndcg(measured.baselines.popularity).high + 0.02);
  }, 240_000);

  test("films of tomorrow are answered from their pictures, without training", async () => {
    await answer(folder, "train", "two-tower", "--data", "club", "--split", "none", "--epochs", "12", "--run", "live");
    const candidates = Array.from({ length: fresh }, (_, film) => `new-${film}`).join(",");
    const shareRight = async (user: number): Promise<number> => {
      const { items } = await answer<{ items: { item: string }[] }>(
        folder,
        ...["recommend", "live", "--user", `user-${user}`, "--new-items", "tomorrow.csv"],
        ...["--candidates", candidates, "-k", String(fresh / 2)],
      );
      return items.filter(({ item }) => Number(item.slice(4)) % 2 === user % 2).length / items.length;
    };
    const shares: number[] = [];
    for (const user of [0, 1, 2, 3]) shares.push(await shareRight(user));
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.75);
  }, 240_000);

  test("a picture that cannot be decoded stops the import, and nothing is lost", async () => {
    const rows = Array.from(
      { length: 20 },
      (_, film) => `film-${film},${film === 7 ? "bad.png" : `posters/film-${film}.png`}`,
    );
    write("bad.csv", ["film,poster", ...rows].join("\n"));
    write("bad.png", "no picture");
    const { code } = await failure(folder, ["features", "club", "--items", "bad.csv"]);
    expect(code).toBe("FEATURE_IMAGE");
    const { items } = await answer<{ items: { name: string }[] }>(folder, "features", "club");
    expect(items.map(({ name }) => name)).toEqual(["picture"]);
  });
});
