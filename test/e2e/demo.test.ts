import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, type Failure, failure, fingerprint, finish, oneDocument, scratch, start } from "./cli.ts";

const demo = ["demo", "--engine", "reference"]; // the smaller of its scales

describe("penchant demo", () => {
  test("leaves the data set and the runs it made, and replaces them when it runs again", async () => {
    const folder = scratch();
    const document = await answer<object>(folder, ...demo);
    expect(document).toMatchObject({ synthetic: true, dataset: { dataset: "film-club" } });
    const { runs } = await answer<{ runs: { run: string }[] }>(folder, "runs");
    const names = ["random", "popularity", "bpr-mf", "neumf"].map((model) => `film-club-${model}`);
    expect(runs.map(({ run }) => run).sort()).toEqual(names.sort());
    await answer(folder, "recommend", "film-club-neumf", "--user", "nobody");
    await answer(folder, ...demo, "--seed", "2");
    const before = fingerprint(folder);
    expect(Object.keys(before).filter((path) => /(tmp|locks|checkpoints)$/.test(path))).toEqual([]);
  });

  test.each([1, 3])("interrupted after training %i models, leaves the workspace as it was", async (count) => {
    const folder = scratch();
    writeFileSync(join(folder, "ratings.csv"), clubCsv());
    await answer(folder, "import", "ratings.csv");
    const before = fingerprint(folder);
    const child = start(folder, [...demo, "--json"]);
    const done = finish(child);
    let trained = 0;
    child.stderr?.on("data", (chunk) => {
      trained += String(chunk).split('"type":"end"').length - 1;
      if (trained >= count) child.kill("SIGINT");
    });
    const { code, stdout } = await done;
    expect(code, stdout).toBe(130);
    expect((oneDocument(stdout) as Failure).error.fix).toBe("Start it again; nothing was changed.");
    expect(fingerprint(folder)).toEqual(before);
  });

  test("never replaces a data set or run of that name that it did not make", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "film-club.csv"), clubCsv());
    await answer(folder, "import", "film-club.csv");
    await answer(folder, "train", "popularity", "--run", "film-club-neumf");
    const error = await failure(folder, demo);
    expect(error).toMatchObject({ code: "WORKSPACE_TAKEN", fix: expect.stringContaining("--workspace") });
    for (const name of ["film-club", "film-club-neumf"]) expect(error.message).toContain(`"${name}"`);
  });
});
