import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Dataset, importDataset } from "./dataset.ts";
import { asWord, withoutUser } from "./forget.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-forget-"));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = [
  "user,item,rating,time",
  ...[
    "ann,a,5,100",
    "bob,a,1,200",
    "ann,b,4,300",
    "bob,c,2,400",
    "eve,b,3,500",
    "eve,a,3,600",
    "bob,,4,700",
    "ann,c,x,800",
  ],
];
async function imported(name: string, rows: readonly string[]): Promise<Dataset> {
  const file = join(folder, name);
  writeFileSync(file, `${rows.join("\n")}\n`);
  return importDataset(file, { user: "user", item: "item", value: "rating", time: "time" });
}

describe("a data set without one of its users", () => {
  test("is the one that would have been imported without their rows", async () => {
    for (const user of ["ann", "bob", "eve"]) {
      const rest = withoutUser(await imported("all.csv", lines), user);
      const expected = await imported(
        "rest.csv",
        lines.filter((line) => !line.startsWith(user)),
      );
      const rows = ({ interactions }: Dataset) =>
        [...interactions].map(({ user: u, item, value, time }) => [
          interactions.users.id(u),
          interactions.items.id(item),
          value,
          time,
        ]);
      expect(rows(rest).sort()).toEqual(rows(expected).sort());
      expect([...rest.interactions.users]).not.toContain(user);
      const sizes = ({ report: { users, interactions, perUser, values } }: Dataset) => ({
        users,
        interactions,
        perUser,
        values,
      });
      expect(sizes(rest)).toEqual(sizes(expected));
    }
  });
  test("shows nothing of them in its report, malformed lines included", async () => {
    const { report } = withoutUser(await imported("all.csv", lines), "bob");
    expect(JSON.stringify(report)).not.toContain("bob");
    expect(JSON.stringify(report)).toContain("ann");
  });
  test("is the same object where nothing is known of them", async () => {
    const dataset = await imported("all.csv", lines);
    expect(withoutUser(dataset, "dan")).toBe(dataset);
  });
});

describe("an id as a word", () => {
  test.each([
    ["a user-1 b", "user-1", true],
    ["user-10", "user-1", false],
    ["xuser-1", "user-1", false],
    ["(u.1)", "u.1", true],
    ["(ux1)", "u.1", false],
    ["ÅsaÅ", "Åsa", false],
  ])("%j holds %j: %s", (text, id, holds) => {
    expect(asWord(id).test(text)).toBe(holds);
  });
});
