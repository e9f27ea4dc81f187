import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainFeatures } from "../../train/index.ts";
import { readCold } from "./read.ts";
import { coldSets } from "./sets.ts";

const FILMS = 12;
const films = Array.from({ length: FILMS }, (_, film) => film + 1);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cold-"));
  const write = (name: string, bytes: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  };
  const seen = films.flatMap((user) => films.map((film) => `${user}\t${film}\t4\t${film}\t`));
  write("ml-1m/ratings.tsv.gz", gzipSync(["user\tmovie\trating\tpos\ttimestamp", ...seen].join("\n")));
  write("ml-1m/users.dat", films.map((user) => `${user}::${user % 2 ? "F" : "M"}::25::7::10001`).join("\n"));
  const head = "MovieID,Title,title,original_title,genres,overview,writer,vote_average,release_date,Year,director";
  const told = films.map(
    (film) => `${film},A,A,A,Drama,a plot of ${film % 2 ? "love" : "war"},W,7,1990,199${film % 3},D`,
  );
  write("ml-1m-extra/ml1m_extended_movie.csv", [head, ...told].join("\n"));
  for (const film of films) {
    const picture = new PNG({ width: 1, height: 1 });
    picture.data.set([20 * film, 0, 0, 255]);
    write(`ml-1m-extra/posters/${film}.png`, PNG.sync.write(picture));
  }
  const vectors = Float32Array.from(films.flatMap((film) => Array.from({ length: 64 }, (_, i) => film + i / 64)));
  write("ml-1m-extra/visual_pca64.f32", new Uint8Array(vectors.buffer));
  write("ml-1m-extra/ids.txt", films.join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("ml-1m-everything knows plots, people, posters as pixels and as vectors at once", async () => {
  const set = coldSets.find(({ name }) => name === "ml-1m-everything");
  if (!set) throw new Error("no such set");
  const { interactions, features } = await readCold(set, { from: folder });
  const kinds = new Map(features?.items?.map(({ name, kind }) => [name, kind]));
  expect(Object.fromEntries(kinds)).toMatchObject({ overview: "text", picture: "image", poster: "vector" });
  expect(features?.users?.length).toBeGreaterThan(0);
  const { fitted } = trainFeatures(features, interactions) ?? {};
  const widths = new Map(fitted?.items?.columns.map(({ name, width }) => [name, width]));
  expect([widths.get("picture"), widths.get("poster")]).toEqual([32 * 32 * 3, 64]);
  const [first] = features?.items?.find(({ name }) => name === "poster")?.values ?? [];
  expect(first).toMatch(/^f32:/);
});
