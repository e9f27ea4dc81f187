import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { floats, integers, integerTensor, OnnxModel } from "../differential/onnx.ts";
import { metadataOf } from "../differential/onnx-metadata.ts";
import { answer, clubFolder, failure } from "./cli.ts";

interface Exported {
  readonly run: string;
  readonly users: number;
  readonly items: number;
  readonly files: readonly { readonly contents: string; readonly file: string; readonly bytes: number }[];
}

let folder: string;
beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--run", "first", "--set", "factors=4", "--epochs", "2");
});

/** The raw ids in the order of their indices, as a reader of the file finds them. */
const idsIn = (file: Uint8Array, of: "user" | "item"): string[] =>
  JSON.parse(metadataOf(file)[`penchant.${of}Ids`] ?? "[]");

describe("penchant export", () => {
  test("writes two ONNX files whose lists are those of recommend", async () => {
    const { files, users, items } = await answer<Exported>(folder, "export", "first", "--top-k", "7");
    expect(files).toMatchObject([
      { contents: "scores", file: "first.onnx" },
      { contents: "top-k", file: "first-top-k.onnx", k: 7 },
    ]);
    const bytes = files.map(({ file }) => readFileSync(join(folder, file)));
    expect(bytes.map(({ length }) => length)).toEqual(files.map((file) => file.bytes));
    const [userIds, itemIds] = [idsIn(bytes[1] as Buffer, "user"), idsIn(bytes[1] as Buffer, "item")];
    expect([userIds.length, itemIds.length]).toEqual([users, items]);

    const user = 5;
    const args = ["recommend", "first", "--user", String(userIds[user]), "--include-seen", "-k", "7"];
    const recommended = await answer<{ items: { item: string; score: number }[] }>(folder, ...args);
    const lists = await (await OnnxModel.load(bytes[1] as Buffer)).lists([user]);
    expect(integers(lists["items"]).map((index) => itemIds[index])).toEqual(recommended.items.map(({ item }) => item));
    const scorer = await OnnxModel.load(bytes[0] as Buffer);
    const scores = await scorer.score(new Array(7).fill(user), integers(lists["items"]));
    for (const [i, { score }] of recommended.items.entries()) {
      expect(scores[i]).toBeCloseTo(score, 5);
      expect(floats(lists["scores"])[i]).toBeCloseTo(score, 5);
    }
  });

  test("writes the two sides of a score, from which the same lists come", async () => {
    await answer(folder, "train", "two-tower", "--run", "sides", "--split", "none", "--epochs", "2");
    const { files, items } = await answer<Exported>(folder, "export", "sides", "--towers");
    expect(files).toMatchObject([
      { contents: "user", file: "sides-user.onnx" },
      { contents: "item", file: "sides-item.onnx" },
    ]);
    const [users, films] = files.map(({ file }) => readFileSync(join(folder, file))) as [Buffer, Buffer];
    const ids = idsIn(films, "item");
    const past = [3, 8];
    const options = ["-k", "5", "--items", past.map((item) => ids[item]).join(",")];
    const told = await answer<{ items: { item: string; score: number }[] }>(folder, "recommend", "sides", ...options);
    const [user, item] = [await OnnxModel.load(users), await OnnxModel.load(films)];
    const everything = Array.from({ length: items }, (_, i) => i);
    const query = floats((await user.feed({ history: integerTensor(past, [1, 2]) }))["vector"]);
    const vectors = floats((await item.run({ item: everything }))["vector"]);
    const width = query.length;
    const score = (index: number) => query.reduce((sum, x, c) => sum + x * (vectors[index * width + c] as number), 0);
    const best = everything.filter((index) => !past.includes(index)).sort((a, b) => score(b) - score(a));
    expect(best.slice(0, 5).map((index) => ids[index])).toEqual(told.items.map(({ item }) => item));
    expect(await failure(folder, ["export", "first", "--towers", "--top-k", "3"], 2)).toMatchObject({
      code: "USAGE_ARGUMENTS",
    });
  });

  test("writes a model that is told what people did, in order, from which the same lists come", async () => {
    await answer(folder, "train", "sasrec", "--run", "order", "--split", "none", "--epochs", "2", "--set", "width=8");
    const { files } = await answer<Exported>(folder, "export", "order", "--histories");
    expect(files).toMatchObject([{ contents: "scores", file: "order.onnx" }]);
    const file = readFileSync(join(folder, "order.onnx"));
    const ids = idsIn(file, "item");
    const past = [8, 3, 5];
    const options = ["-k", "5", "--items", past.map((item) => ids[item]).join(",")];
    const told = await answer<{ items: { item: string; score: number }[] }>(folder, "recommend", "order", ...options);
    const model = await OnnxModel.load(file);
    const scores = floats((await model.feed({ history: integerTensor([...past, -1], [1, 4]) }))["scores"]);
    const order = ids.map((_, index) => index).sort((a, b) => (scores[b] as number) - (scores[a] as number));
    const best = order.filter((index) => !past.includes(index)).slice(0, 5);
    expect(best.map((index) => ids[index])).toEqual(told.items.map(({ item }) => item));
    expect(await failure(folder, ["export", "order", "--histories", "--towers"], 2)).toMatchObject({
      code: "USAGE_ARGUMENTS",
    });
  });

  test("writes where it is told, making the folder", async () => {
    const { files } = await answer<Exported>(folder, "export", "first", "--output", "models/club.onnx");
    expect(files.map(({ file }) => file)).toEqual(["models/club.onnx", "models/club-top-k.onnx"]);
    expect(readdirSync(join(folder, "models")).sort()).toEqual(["club-top-k.onnx", "club.onnx"]);
  });

  test("refuses lists longer than the catalogue and unknown runs, and writes nothing", async () => {
    expect(await failure(folder, ["export", "first", "--top-k", "100000"])).toMatchObject({ code: "CONFIG_VALUE" });
    expect(await failure(folder, ["export", "frist"])).toMatchObject({ code: "WORKSPACE_UNKNOWN" });
    expect(await failure(folder, ["export", "first", "--format", "pickle"], 2)).toMatchObject({
      code: "USAGE_ARGUMENTS",
    });
    expect(existsSync(join(folder, "frist.onnx"))).toBe(false);
  });
});
