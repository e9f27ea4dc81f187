import { describe, expect, test } from "vitest";
import { checkNewcomer } from "./check.ts";
import type { Artifact } from "./types.ts";

const parameters = { "user/vectors": Float32Array.of(1), "item/vectors": Float32Array.of(2) };
const newcomer = {
  ...{ users: "user/vectors", items: "item/vectors" },
  ...{ unobserved: 0, offset: 0, l2: 0, exponent: 0 },
};
const check = (told: unknown) =>
  checkNewcomer({ plans: { newcomer: told }, parameters } as unknown as Pick<Artifact, "plans" | "parameters">);

describe("how the row of a newcomer is solved for", () => {
  test("names two parameters and has four numbers of at least 0; or nothing is said of it", () => {
    expect(() => check(newcomer)).not.toThrow();
    expect(() => check({ ...newcomer, unobserved: 0.5, offset: 3, l2: 1e6, exponent: 2 })).not.toThrow();
    expect(() => check(undefined)).not.toThrow();
  });

  test.each(["users", "items"])("%s that are no parameter: ARTIFACT_CORRUPT", (name) => {
    for (const value of ["user/vector", "", "toString", undefined, null, 0, ["user/vectors"]])
      expect(() => check({ ...newcomer, [name]: value }), String(value)).toThrow(
        expect.objectContaining({ code: "ARTIFACT_CORRUPT" }),
      );
  });

  test.each(["unobserved", "offset", "l2", "exponent"])(
    "%s that is no number of at least 0: ARTIFACT_CORRUPT",
    (name) => {
      for (const value of [-1e-9, Number.NaN, Number.POSITIVE_INFINITY, "1", undefined, null])
        expect(() => check({ ...newcomer, [name]: value }), String(value)).toThrow(
          expect.objectContaining({ code: "ARTIFACT_CORRUPT" }),
        );
    },
  );

  test.each([null, 7, []])("%j in its place: ARTIFACT_CORRUPT", (told) =>
    expect(() => check(told)).toThrow(expect.objectContaining({ code: "ARTIFACT_CORRUPT" })),
  );
});
