import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answer, clubFolder, failure } from "./cli.ts";

const own = `import { count, defineModel } from "penchant/nn";

export default defineModel({
  name: "own-mf",
  task: "pairwise",
  defaults: { dim: 8 },
  options: { dim: count("width of the vectors") },
  build({ users, items }, { dim }, nn) {
    return nn.add(nn.dot(nn.embed(users.id, dim), nn.embed(items.id, dim)), nn.bias(items.id));
  },
});
`;

/** A loss of its own over the histories of all users, and nothing imported. */
const plain = `export default {
  name: "popular-twice",
  task: "positives",
  build({ items, label }, _, nn) {
    const score = nn.bias(items.id);
    return { score, loss: nn.mean(nn.unary("square", nn.sub(score, nn.affine(label, 2)))) };
  },
};
`;

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve(import.meta.dirname, "../.."), join(folder, "node_modules", "penchant"), "dir");
  writeFileSync(join(folder, "plain.mjs"), plain);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});

interface Best {
  readonly items: readonly { readonly item: string }[];
}

beforeEach(() => writeFileSync(join(folder, "own.js"), own));

describe("a model of one's own, from a file", () => {
  test("is trained as any other, and its run answers without the file", async () => {
    const trained = await answer(folder, "train", "./own.js", "--epochs", "2", "--set", "dim=4", "--threads", "1");
    expect(trained).toMatchObject({ run: "own-mf-1", model: "own-mf" });
    rmSync(join(folder, "own.js"));
    const { items } = await answer<Best>(folder, "recommend", "own-mf-1", "--user", "user-17", "-k", "5");
    expect(items).toHaveLength(5);
    const stranger = await answer<Best>(
      folder,
      "recommend",
      "own-mf-1",
      "--items",
      "film-3,film-7",
      "-k",
      "5",
      "--why",
    );
    expect(stranger).toMatchObject({ method: "fold-in" });
    expect(await answer(folder, "similar", "own-mf-1", "--item", "film-3")).toMatchObject({ method: "cosine" });
    expect(await answer(folder, "evaluate", "own-mf-1")).toMatchObject({ run: "own-mf-1", model: "own-mf" });
  });

  test("needs no import", async () => {
    const trained = await answer<{ epochs: { loss: number }[] }>(
      folder,
      "train",
      "./plain.mjs",
      "--epochs",
      "10",
      "--set",
      "learningRate=0.05",
    );
    expect(trained).toMatchObject({ model: "popular-twice" });
    expect(trained.epochs.at(-1)?.loss).toBeLessThan(0.5 * (trained.epochs[0]?.loss ?? 0));
  });

  test("has a summary, a picture and a profile", async () => {
    const summary = await answer<{ parameters: number }>(
      folder,
      "summary",
      "./own.js",
      "--set",
      "dim=2",
      "--svg",
      "own.svg",
    );
    expect(summary.parameters).toBe(2 * 6040 + 3 * 3706);
    expect(readFileSync(join(folder, "own.svg"), "utf8")).toMatch(/^<svg[\s\S]*own-mf/);
    expect(await answer(folder, "profile", "./own.js", "--steps", "3")).toMatchObject({ model: "own-mf" });
  });

  test("is asked for where training goes on", async () => {
    writeFileSync(
      join(folder, "more.csv"),
      "userId,movieId,rating,timestamp\nuser-17,film-1,5,999999999\nnewcomer,film-2,4,999999999\nnewcomer,film-9,5,999999999\n",
    );
    const more = ["update", "own-mf-1", "--with", "more.csv", "--no-scratch"];
    expect(await failure(folder, more)).toMatchObject({
      code: "CONFIG_UNKNOWN",
      fix: expect.stringContaining("--model FILE") as string,
    });
    expect(await failure(folder, [...more, "--model", "./plain.mjs"])).toMatchObject({ code: "CONFIG_MODEL" });
    expect(await answer(folder, ...more, "--model", "./own.js")).toMatchObject({ run: "own-mf-1", users: 241 });
  });

  const wrong: readonly (readonly [what: string, file: string, text: string | undefined])[] = [
    ["no such file", "none.js", undefined],
    ["not the language", "broken.js", "export default {"],
    ["it throws", "throws.js", 'throw new Error("not today");'],
    ["nothing exported", "empty.js", "export const model = 1;"],
    ["no model exported", "number.js", "export default 1;"],
    ["a name that cannot be typed", "named.js", own.replace("own-mf", "Own MF")],
    ["the name of another model", "gmf.js", own.replace("own-mf", "gmf")],
    ["a package that is not there", "import.js", 'import "not-installed";'],
    ...("typescript" in process.features && process.features.typescript
      ? []
      : [["TypeScript, where Node reads none", "own.ts", own] as const]),
  ];
  test.each(wrong)("%s: CONFIG_MODEL, and nothing is lost", async (_, file, text) => {
    if (text !== undefined) writeFileSync(join(folder, file), text);
    expect(await failure(folder, ["train", `./${file}`])).toMatchObject({ code: "CONFIG_MODEL" });
  });

  test("two layers of one name are an error with the way out", async () => {
    writeFileSync(
      join(folder, "twice.js"),
      own.replace("nn.bias(items.id)", 'nn.squeezeLast(nn.embed(items.id, 1, { name: "embedding/item" }))'),
    );
    expect(await failure(folder, ["train", "./twice.js"])).toMatchObject({
      code: "GRAPH_NAME",
      message: expect.stringContaining('"embedding/item" twice') as string,
    });
  });
});
