import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { loadDataset } from "../../src/dataset/index.ts";
import { EventLog } from "../../src/store/index.ts";
import { eveningsCsv, kindOf } from "../support/evenings.ts";
import { answer, failure, scratch } from "./cli.ts";

const folder = scratch();
interface Scored {
  readonly scores: readonly { readonly item: string; readonly score: number }[];
}
interface Paged {
  readonly page: { readonly items: readonly { readonly item: string; readonly score: number }[] };
}
interface Evaluated {
  readonly protocols: readonly { readonly metrics: Record<string, { readonly value: number }> }[];
}
const device = (name: string) => ["--context", `device=${name}`, "--at", "2024-02-10T08:30"];

beforeAll(async () => {
  writeFileSync(join(folder, "evenings.csv"), eveningsCsv(80));
  await answer(folder, "import", "evenings.csv", "--context", "device");
  const usual = ["--epochs", "20", "--set", "batchSize=64", "--threads", "1"];
  await answer(folder, "train", "two-tower", "--run", "aware", "--context", "device,hour", ...usual);
  await answer(folder, "train", "popularity", "--run", "blind");
}, 120_000);

test("score takes the event that pairs are scored for", async () => {
  const rows = Array.from({ length: 32 }, (_, item) => `u1,i${item}`);
  writeFileSync(join(folder, "pairs.csv"), ["user,item", ...rows].join("\n"));
  const score = (...event: string[]) => answer<Scored>(folder, "score", "aware", "--pairs", "pairs.csv", ...event);
  const { items } = await answer<Paged["page"]>(
    ...[folder, "recommend", "aware", "--user", "u1", "-k", "5", "--include-seen", ...device("phone")],
  );
  const { scores } = await score(...device("phone"));
  for (const { item, score: own } of items) {
    expect(scores.find((each) => each.item === item)?.score).toBeCloseTo(own, 5);
  }
  const best = (list: Scored["scores"]) => [...list].sort((a, b) => b.score - a.score).slice(0, 8);
  const phones = (list: Scored["scores"]) =>
    best(list).filter(({ item }) => kindOf(Number(item.slice(1))).device === "phone").length;
  expect(phones(scores)).toBeGreaterThan(phones((await score(...device("desk"))).scores));
});

test("page hands it to the models that read it", async () => {
  const page = { candidates: [{ from: "blind", n: 32 }], rank: "aware", k: 8 };
  writeFileSync(join(folder, "page.json"), JSON.stringify(page));
  const ask = async (name: string) =>
    (await answer<Paged>(folder, "page", "page.json", "--user", "u1", ...device(name))).page;
  const phones = ({ items }: Paged["page"]) =>
    items.filter(({ item }) => kindOf(Number(item.slice(1))).device === "phone").length;
  expect(phones(await ask("phone"))).toBeGreaterThan(phones(await ask("desk")));
});

test("a pipeline is measured in the context of what is held out, as its model is", async () => {
  writeFileSync(join(folder, "alone.json"), JSON.stringify({ candidates: [{ from: "aware", n: 32 }], k: 10 }));
  const figure = async (what: string) => {
    const { protocols } = await answer<Evaluated>(folder, "evaluate", what);
    return protocols[0]?.metrics["ndcg@10"]?.value ?? Number.NaN;
  };
  expect(await figure("alone.json")).toBeCloseTo(await figure("aware"), 6);
});

test.each([
  ["a name that nothing reads", ["--context", "devise=phone"], "aware", "FEATURE_UNKNOWN"],
  ["an hour that no clock shows", ["--context", "hour=noon"], "aware", "FEATURE_VALUE"],
  ["what is no time", ["--at", "soon"], "aware", "CONFIG_VALUE"],
  ["a run that looks at none", ["--context", "device=phone"], "blind", "FEATURE_MISSING"],
])("%s is refused by score, page and recommend alike", async (_, event, run, code) => {
  writeFileSync(join(folder, "pair.csv"), "user,item\nu1,i1\n");
  writeFileSync(join(folder, "asked.json"), JSON.stringify({ candidates: [{ from: run, n: 5 }], k: 5 }));
  for (const command of [
    ["score", run, "--pairs", "pair.csv"],
    ["page", "asked.json", "--user", "u1"],
    ["recommend", run, "--user", "u1"],
  ])
    expect((await failure(folder, [...command, ...event])).code, command.join(" ")).toBe(code);
});

test("events of a log keep their context: exported, imported again, learned from", async () => {
  const log = await EventLog.open(join(folder, ".penchant", "events"));
  const event = (user: string, item: string, context?: Record<string, string>) =>
    ({ user, item, type: "click", time: 1_712_000_000, ...(context && { context }) }) as const;
  await log.append([
    event("u1", "i1", { device: "desk", mood: "calm" }),
    event("u2", "i2"),
    event("new", "i4", { device: "phone" }),
  ]);
  await log.close();
  for (const file of ["log.jsonl", "log.csv", "log.parquet"]) {
    await answer(folder, "events", "export", "--output", file);
    await answer(
      folder,
      "import",
      file,
      "--name",
      file.slice(4),
      "--user",
      "user",
      "--item",
      "item",
      "--context",
      "device",
    );
    const { features } = await loadDataset(join(folder, ".penchant", "datasets", file.slice(4)));
    expect(features?.context?.[0]).toMatchObject({ name: "context.device", values: ["desk", null, "phone"] });
  }
  expect(readFileSync(join(folder, "log.csv"), "utf8").split("\n")[0]).toMatch(
    /,position,context\.device,context\.mood$/,
  );
  await answer(folder, "train", "two-tower", "--data", "evenings", "--from-log", "--run", "grown", "--epochs", "1");
  const { features } = await loadDataset(join(folder, ".penchant", "datasets", "evenings-log"));
  expect(features?.context?.[0]?.values.slice(-3)).toEqual(["desk", null, "phone"]);
  const updated = await answer<{ added: object }>(folder, "update", "aware", "--with", "log.jsonl");
  expect(updated).toMatchObject({ run: "aware" });
});
