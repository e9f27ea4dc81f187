import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { coded, temporaryFile, temporaryFolder } from "../../test/support/folder.ts";
import { type Dataset, importDataset } from "./dataset.ts";
import { extendDataset } from "./extend.ts";
import { withoutUser } from "./forget.ts";
import type { Interactions } from "./interactions.ts";
import { mergeParts } from "./merge.ts";
import { leaveLastOut } from "./split/leave-last-out.ts";
import { loadDataset, saveDataset } from "./store/store.ts";
import type { TimedCsr } from "./timed.ts";

const head = "user,item,rating,time,device,query";
const rows = [
  "ann,a,5,100,phone,space dogs",
  "bob,a,1,200,tv,",
  "ann,b,4,300,phone,cats",
  "bob,c,2,400,,dogs",
  "ann,c,4,500,tv,space",
  "bob,b,3,600,phone,cats",
];
const context = ["device", "query"] as const;
const csv = (lines: readonly string[]) => temporaryFile("x.csv", `${[head, ...lines].join("\n")}\n`);

/** What is known of the event of each pair, or of every event. */
function known({ features }: Pick<Dataset, "features">, { users, items, byUser }: Interactions, of: TimedCsr = byUser) {
  const found: string[] = [];
  for (let user = 0; user < users.size; user++)
    for (let at = of.offsets[user] as number; at < (of.offsets[user + 1] as number); at++) {
      const row = of.context?.[at] ?? -1;
      const values = features?.context?.map(({ values }) => values[row] ?? "?");
      found.push([users.id(user), items.id(of.items[at] as number), ...(values ?? [])].join(" "));
    }
  return found.sort();
}
const told = (lines: readonly string[]) =>
  lines
    .map((line) => line.split(","))
    .map(([user, item, , , device, query]) => `${user} ${item} ${device || "?"} ${query || "?"}`)
    .sort();

describe("context of events", () => {
  test("is read the same from text, JSON and Parquet, beside the roles, and no role is given to its columns", async () => {
    const cells = rows.map((row) => row.split(","));
    const objects = cells.map(([user, item, rating, time, device, query]) =>
      JSON.stringify({ user, item, rating: Number(rating), time: Number(time), about: { device }, query }),
    );
    const filename = join(temporaryFolder(), "x.parquet");
    parquetWriteFile({
      filename,
      columnData: head.split(",").map((name, at) => ({ name, data: cells.map((row) => row[at]), type: "STRING" })),
    });
    const files = [csv(rows), filename].map((place) => [place, context] as const);
    const all = [...files, [temporaryFile("x.jsonl", objects.join("\n")), ["about.device", "query"]] as const];
    for (const [place, names] of all) {
      const dataset = await importDataset(place, { context: names, event: false });
      expect(known(dataset, dataset.interactions)).toEqual(told(rows));
      expect(dataset.features?.context?.map(({ kind }) => kind)).toEqual(["categorical", "categorical"]);
      expect(dataset.report.context).toMatchObject([{ coverage: 5 / 6 }, { coverage: 5 / 6, distinct: 4 }]);
      expect(dataset.report.source.columns.filter((column) => column.context)).toHaveLength(2);
    }
    const { report } = await importDataset(csv(rows), { context: ["rating"] });
    expect(report.source.columns.find(({ name }) => name === "rating")?.role).toBeUndefined();
  });

  test("follows its events into the parts of a split, together again, and through a saved data set", async () => {
    const dataset = await importDataset(csv(rows), { context });
    const { train, validation, test: held } = leaveLastOut(dataset.interactions, { validation: true });
    const parts = [train, validation as Interactions, held];
    expect(parts.flatMap((part) => known(dataset, part)).sort()).toEqual(told(rows));
    expect(known(dataset, parts.reduce(mergeParts))).toEqual(told(rows));
    const folder = join(temporaryFolder(), "d");
    await saveDataset(folder, dataset);
    const again = await loadDataset(folder);
    expect(again.features).toEqual(dataset.features);
    expect(again.report.context).toEqual(dataset.report.context);
    expect(known(again, again.interactions)).toEqual(told(rows));
  });

  test("is that of the row that is kept, where a pair repeats; every event keeps its own", async () => {
    const lines = [...rows, "ann,a,2,900,desk,late"];
    const dataset = await importDataset(csv(lines), { context });
    expect(known(dataset, dataset.interactions)).toEqual(told(lines.slice(1)));
    expect(known(dataset, dataset.interactions, dataset.interactions.events)).toEqual(told(lines));
  });

  test("grows with the rows of another file, read as before", async () => {
    const more = ["zoe,a,4,700,tv,cats", "ann,a,2,800,desk,late"];
    const part = await importDataset(csv(rows), { context, contextKinds: { query: "text" } });
    const { dataset } = await extendDataset(part, csv(more), {});
    expect(known(dataset, dataset.interactions, dataset.interactions.events)).toEqual(told([...rows, ...more]));
    expect(dataset.features?.context?.map(({ kind, why }) => [kind, why])).toEqual([
      ["categorical", "2 different texts"],
      ["text", "as asked for"],
    ]);
    await coded("DATA_COLUMN", () => extendDataset(part, temporaryFile("x.csv", "user,item\nann,z\nbob,z\n"), {}));
  });

  test("of somebody who is forgotten is gone", async () => {
    const dataset = await importDataset(csv([...rows, "ann,a,2,900,desk,late"]), { context });
    const rest = withoutUser(dataset, "ann");
    expect(known(rest, rest.interactions)).toEqual(told(rows.filter((row) => row.startsWith("bob"))));
    expect(rest.features?.context?.flatMap(({ values }) => values).filter((cell) => cell !== null)).toEqual([
      "tv",
      "phone",
      "dogs",
      "cats",
    ]);
  });

  test("of columns or kinds that are not there is refused", async () => {
    await coded("DATA_COLUMN", () => importDataset(csv(rows), { context: ["devise"] }));
    await coded("FEATURE_UNKNOWN", () => importDataset(csv(rows), { context, contextKinds: { time: "time" } }));
    await coded("FEATURE_VALUE", () => importDataset(csv(rows), { context, contextKinds: { device: "number" } }));
    await coded("CONFIG_UNKNOWN", () => importDataset(csv(rows), { context, contextKinds: { device: "gadget" } }));
    const benchmark = temporaryFolder({
      "t.train.rating": "0\t10\t5\t1\n1\t11\t4\t2\n",
      "t.test.rating": "0\t12\t5\t3\n",
      "t.test.negative": "(0,12)\t20\t11\n",
    });
    await coded("DATA_COLUMN", () => importDataset(benchmark, { context }));
  });
});
