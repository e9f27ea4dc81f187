import { describe, expect, test } from "vitest";
import { checkName, freshName, plainName } from "./names.ts";

describe("names", () => {
  test.each(["first", "neumf-1", "A.b_c", "filme-für-alle", "007"])("%s is valid", (name) => {
    expect(checkName("run", name)).toBe(name);
  });

  test.each(["", ".", "..", "../x", "a/b", "a\\b", "-x", "a b", "x~", "a\u0000", "x".repeat(65)])(
    "WORKSPACE_NAME refuses %j and suggests a valid name",
    (name) => {
      let fix = "";
      try {
        checkName("run", name);
      } catch (error) {
        expect(error).toMatchObject({ code: "WORKSPACE_NAME" });
        ({ fix } = error as { fix: string });
      }
      const suggested = JSON.parse(/Try (".*")\.$/.exec(fix)?.[1] ?? "null") as string;
      expect(checkName("run", suggested)).toBe(suggested);
    },
  );

  test.each([
    ["/data/My ratings.csv.gz", "My-ratings"],
    ["u.data", "u"],
    ["ml-1m", "ml-1m"],
    ["ml-1m.train.rating", "ml-1m.train"],
    ["...", "data"],
  ])("plainName(%j) is %j", (path, name) => {
    expect(plainName(path)).toBe(name);
  });

  test("freshName counts up to the first free number", () => {
    expect(freshName("gmf", [])).toBe("gmf-1");
    expect(freshName("gmf", ["gmf-1", "gmf-3"])).toBe("gmf-2");
  });
});
