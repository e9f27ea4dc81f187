import { describe, expect, test } from "vitest";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import { bag, data, input, param } from "../graph/ops.ts";
import { lower } from "../graph/plan.ts";
import { checkMatrices, checkNewcomer, checkParameters, checkPlans, checkSizes } from "./check.ts";
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

const tiny = tinyArtifact();
const refused = (code: string, what: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(what) as string });

describe("sizes", () => {
  const { history } = tiny;
  const short = { ...history, offsets: Int32Array.of(0, 4, 7, 10) };
  const few = { ...history, values: Float32Array.of(1) };
  test("those of the data set", () => {
    expect(() => checkSizes({ ...tiny, unlearned: tinyUnlearned, lastTimes: new Float64Array(4) })).not.toThrow();
  });
  test.each<[string, Partial<Artifact>, string]>([
    ["users", { users: ["one"] }, "expected 4; received 1"],
    ["items", { items: ["one"] }, "expected 9; received 1"],
    ["numbers of the popularity", { popularity: new Float32Array(8) }, "expected 9; received 8"],
    ["users' last times", { lastTimes: new Float64Array(5) }, "expected 4; received 5"],
    ["rows of the history", { history: short }, "expected 4; received 3"],
    ["values of the history", { history: few }, "expected 10; received 1"],
    ["rows of what was not learned from", { unlearned: short }, "expected 4; received 3"],
    ["values of what was not learned from", { unlearned: few }, "expected 10; received 1"],
    ['rows of events of the kind "bought"', { kinds: { bought: short } }, "expected 4; received 3"],
    ['values of events of the kind "bought"', { kinds: { bought: few } }, "expected 10; received 1"],
  ])("another number of %s: ARTIFACT_SHAPE with both numbers", (what, change, told) => {
    const check = () => checkSizes({ ...tiny, ...change });
    expect(check).toThrow(refused("ARTIFACT_SHAPE", `The number of ${what} is wrong: ${told}`));
  });
  const damaged = [
    ["offsets that fall", { offsets: Int32Array.of(0, 7, 4, 10, 10) }],
    ["offsets that begin later", { offsets: Int32Array.of(1, 4, 7, 10, 10) }],
    ["offsets that end early", { offsets: Int32Array.of(0, 4, 7, 9, 9) }],
    ["an item below 0", { items: Int32Array.of(0, 1, 2, 3, 0, 2, 4, 0, 1, -1) }],
    ["an item too high", { items: Int32Array.of(0, 1, 2, 3, 0, 2, 4, 0, 1, 9) }],
  ] as const;
  test.each(damaged)("rows with %s: ARTIFACT_CORRUPT, of whatever they are", (_, change) => {
    const wrong = { ...history, ...change };
    for (const each of [{ history: wrong }, { unlearned: wrong }, { kinds: { bought: history, seen: wrong } }]) {
      expect(() => checkSizes({ ...tiny, ...each })).toThrow(refused("ARTIFACT_CORRUPT", "history"));
    }
  });
  test("the last item there is fits", () => {
    const last = { ...history, items: Int32Array.of(0, 1, 2, 3, 0, 2, 4, 0, 1, 8) };
    expect(() => checkSizes({ ...tiny, history: last })).not.toThrow();
  });
});

describe("plans and parameters", () => {
  const { plans } = tiny;
  const bad = { instructions: [], outputs: { score: 3 } } as unknown as typeof plans.score;
  test("each plan is looked at, and told by its name", () => {
    expect(() => checkPlans(plans)).not.toThrow();
    const wrong: [string, Partial<Artifact["plans"]>][] = [
      ["score", { score: bad }],
      ["influence", { influence: bad }],
      ["itemVectors", { itemVectors: bad }],
      ["itemTables", { itemTables: bad }],
      ["foldIn.score", { foldIn: { score: bad, userParameters: [] } as unknown as NonNullable<typeof plans.foldIn> }],
      [
        "history.score",
        { history: { score: bad, userParameters: [] } as unknown as NonNullable<typeof plans.history> },
      ],
    ];
    for (const [name, change] of wrong) {
      expect(() => checkPlans({ ...plans, ...change }), name).toThrow(
        refused("ARTIFACT_CORRUPT", `The plan "${name}"`),
      );
    }
    expect(() => checkPlans({} as typeof plans)).toThrow(refused("ARTIFACT_CORRUPT", 'The plan "score"'));
  });
  test("the parameters of each plan are there, in its shapes; a newcomer's own are one row of their table", () => {
    const [user, item, bias] = [
      [4, 2],
      [9, 2],
      [9, 1],
    ];
    const stored = new Map(Object.entries({ "factors/user": user, "factors/item": item, "bias/item": bias }));
    expect([...stored.keys()].sort()).toEqual(Object.keys(tiny.parameters).sort());
    expect(() => checkParameters(plans, stored)).not.toThrow();
    for (const name of stored.keys()) {
      const less = new Map(stored);
      less.delete(name);
      expect(() => checkParameters(plans, less)).toThrow(refused("ARTIFACT_SHAPE", `The weights "${name}"`));
    }
    const wide = new Map(stored).set("factors/user", [4, 3]);
    expect(() => checkParameters(plans, wide)).toThrow(
      refused("ARTIFACT_SHAPE", "expected shape [4, 2]; received [4, 3]"),
    );
    // Plans that need more than the score does.
    const more = { ...plans, score: { ...plans.score, instructions: [] } };
    for (const name of ["influence", "itemVectors", "itemTables"] as const) {
      const only = { score: more.score, [name]: plans.score } as unknown as typeof plans;
      expect(() => checkParameters(only, new Map()), name).toThrow(refused("ARTIFACT_SHAPE", "received nothing"));
    }
    const history = { score: more.score, history: { score: plans.score } } as unknown as typeof plans;
    expect(() => checkParameters(history, new Map())).toThrow(refused("ARTIFACT_SHAPE", "received nothing"));
    const foldIn = { score: more.score, foldIn: plans.foldIn } as unknown as typeof plans;
    expect(() => checkParameters(foldIn, new Map())).toThrow(refused("ARTIFACT_SHAPE", "received nothing"));
  });
  test("the matrices that a score reads are stored, with its rows", () => {
    const own = lower({
      score: bag(param("table", [9, 3], { kind: "zeros" }), data("links", 2, 9), input("user", "i32")),
    });
    const of = (matrix: object | undefined) =>
      checkMatrices({ plans: { score: own }, history: tiny.history, matrices: matrix && { links: matrix } } as never);
    const links = { offsets: Int32Array.of(0, 1, 2), items: Int32Array.of(3, 8) };
    expect(() => of(links)).not.toThrow();
    expect(() => of(undefined)).toThrow(
      refused("ARTIFACT_SHAPE", 'The data matrix "links" does not fit the model: expected 2 rows; received nothing'),
    );
    expect(() => of({ ...links, offsets: Int32Array.of(0, 2) })).toThrow(
      refused("ARTIFACT_SHAPE", "expected 2 rows; received 1"),
    );
    expect(() => of({ ...links, items: Int32Array.of(3, 9) })).toThrow(refused("ARTIFACT_CORRUPT", "damaged"));
  });
});
