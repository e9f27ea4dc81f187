import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { guessDialect } from "./delimiter.ts";
import { guessHeader } from "./header.ts";
import { profileColumn } from "./profile.ts";
import { assignRoles, type RoleChoices } from "./roles.ts";

const dialectOf = (text: string) => {
  const guess = guessDialect(Buffer.from(text), { whole: true });
  return guess && [guess.delimiter, guess.width, guess.quoted];
};

describe("guessDialect", () => {
  test("tells tabs, commas, semicolons, bars, double colons and spaces", () => {
    for (const delimiter of ["\t", ",", ";", "|", "::", " "]) {
      expect(dialectOf(["1", "2", "3"].join(delimiter).concat("\n").repeat(3))?.[0]).toBe(delimiter);
    }
  });

  test("is not misled by commas in titles or in decimals", () => {
    expect(dialectOf("1\tHeat, the\t4\n2\tAlien\t5\n3\tRoom, a\t2\n")).toEqual(["\t", 3, "in-line"]);
    expect(dialectOf("1;10;3,5\n1;11;4,0\n")).toEqual([";", 3, true]);
  });

  test("is not misled by spaces in dates", () => {
    expect(dialectOf("a,b,2020-01-01 10:00:00\nc,d,2020-01-02 11:00:00\n")).toEqual([",", 3, true]);
  });

  test("finds the columns of the header among nine tenths of garbage", () => {
    const text = `user,item,rating\n${"no idea what this is\n".repeat(90)}${"u,i,3\n".repeat(10)}`;
    expect(dialectOf(text)).toEqual([",", 3, true]);
  });

  test("does without quotes where they are part of the text", () => {
    expect(dialectOf('1\t"Heat" is hot\t4\n2\tx\t5\n')).toEqual(["\t", 3, "in-line"]);
  });

  test("knows no dialect for a single column", () => expect(dialectOf("alpha\nbeta\n")).toBeUndefined());
});

describe("guessHeader", () => {
  const data = [
    ["1", "10", "4"],
    ["2", "11", "5"],
  ];

  test("sees words above numbers, and names of a user and an item", () => {
    expect(guessHeader([["who", "what", "how"], ...data]).header).toBe(true);
    expect(
      guessHeader([
        ["userId", "title"],
        ["ann", "Heat"],
      ]).header,
    ).toBe(true);
  });

  test("sees names with a key among them above columns that never hold them", () => {
    const films = [
      ["film-a", "Heat"],
      ["film-b", "Alien"],
    ];
    expect(guessHeader([["movieId", "title"], ...films])).toEqual({ header: true, looksLikeData: false });
    expect(guessHeader([["film_id", "timestamp"], ...films]).header).toBe(true);
    expect(guessHeader([["movieId", "title"], ...films, ["movieId", "Brazil"]]).header).toBe(false);
    expect(guessHeader([["david", "title"], ...films]).header).toBe(false);
    expect(guessHeader([["movieId", "Heat"], ...films]).header).toBe(false);
    expect(guessHeader([["movieId", "title"]]).header).toBe(false);
  });

  test("sees no header where the first line is like the others", () => {
    expect(guessHeader(data).header).toBe(false);
    expect(guessHeader([["ann", "7", "5"], ...data]).header).toBe(false);
  });

  test("says when a header that it was told of looks like data", () => {
    expect(guessHeader(data, true)).toEqual({ header: true, looksLikeData: true });
    expect(guessHeader([["user", "item", "stars"], ...data], true).looksLikeData).toBe(false);
  });
});

function rolesOf(header: readonly string[] | undefined, rows: readonly string[], choices: RoleChoices = {}) {
  const cells = rows.map((row) => row.split(","));
  const width = cells[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, i) => {
    const column = cells.map((row) => row[i] ?? "");
    return { name: header?.[i] ?? `column ${i + 1}`, cells: column, profile: profileColumn(column) };
  });
  const { roles: guesses } = assignRoles(columns, header !== undefined, choices);
  return Object.fromEntries(Object.entries(guesses).map(([role, { column }]) => [role, column + 1]));
}

describe("assignRoles", () => {
  const uData = ["196,242,3,881250949", "186,302,3,891717742", "22,377,1,878887116", "244,51,2,880606923"];

  test("goes by values and position where there are no names", () => {
    expect(rolesOf(undefined, uData)).toEqual({ user: 1, item: 2, value: 3, time: 4 });
    expect(rolesOf(undefined, ["878887116,22,377", "880606923,244,51"])).toEqual({ time: 1, user: 2, item: 3 });
    expect(rolesOf(undefined, ["a,x", "b,y"])).toEqual({ user: 1, item: 2 });
  });

  test("goes by names in any order and spelling", () => {
    const rows = ["5,2020-01-01,m1,7", "4,2020-01-02,m2,8"];
    expect(rolesOf(["Stars", "review_time", "Movie-ID", "Reviewer ID"], rows)).toEqual({
      value: 1,
      time: 2,
      item: 3,
      user: 4,
    });
    expect(rolesOf(["user_id:token", "item_id:token", "timestamp:float"], ["1,2,978300760"])).toEqual({
      user: 1,
      item: 2,
      time: 3,
    });
  });

  test("finds the kind of event", () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 7},${i},${i % 3 ? "view" : "buy"},160000000${i % 10}`);
    expect(rolesOf(["visitorid", "itemid", "event", "ts"], rows)).toEqual({ user: 1, item: 2, event: 3, time: 4 });
    expect(rolesOf(undefined, rows)).toMatchObject({ user: 1, item: 2, event: 3, time: 4 });
  });

  test("does not take text for values though the name says so", () => {
    expect(rolesOf(["user", "item", "rating"], ["a,b,good", "c,d,bad"])).toEqual({ user: 1, item: 2 });
  });

  test("obeys choices by name, in another case, by number, and for none", () => {
    expect(rolesOf(undefined, uData, { user: 2, item: 1 })).toMatchObject({ user: 2, item: 1, value: 3, time: 4 });
    expect(rolesOf(["A", "B", "rating"], ["1,2,3"], { user: "b", item: "A", value: false })).toEqual({
      user: 2,
      item: 1,
    });
    expect(rolesOf(["A", "B"], ["1,2"], { user: "2", item: "1" })).toEqual({ user: 2, item: 1 });
  });

  test("names the nearest column when a choice does not exist", async () => {
    const error = await coded("DATA_COLUMN", () => rolesOf(["userId", "movieId"], ["1,2"], { user: "usrId" }));
    expect(error.fix).toBe('Did you mean "userId"?');
    await coded("DATA_COLUMN", () => rolesOf(["a", "b"], ["1,2"], { user: 3 }));
  });

  test("refuses one column for two roles", async () => {
    await coded("DATA_COLUMN", () => rolesOf(["a", "b"], ["1,2"], { user: "a", item: 1 }));
  });

  test("refuses when nothing is left for the item", async () => {
    await coded("DATA_COLUMNS", () => rolesOf(["user"], ["1"]));
  });
});
