import { describe, expect, test } from "vitest";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import { ensembleOf, forgetUser } from "./index.ts";

/** Users have met 4, 3, 3 and 0 items; beside that 2, 1, 0 and 1. */
const run = {
  ...tinyArtifact(),
  unlearned: tinyUnlearned,
  kinds: { bought: { offsets: Int32Array.of(0, 1, 1, 3, 3), items: Int32Array.of(2, 0, 5) } },
  lastTimes: Float64Array.of(10, 20, 30, 40),
};

describe("a run without one of its users", () => {
  const forgotten = forgetUser(run, "007");
  const left = forgotten?.artifact ?? run;

  test("has lost their id, their rows of history, and their row of the model; those of others stay", () => {
    expect(left.users).toEqual(["anna", "Åsa 🎬\nline", ""]);
    expect([...left.history.offsets]).toEqual([0, 4, 7, 7]);
    expect([...left.history.items]).toEqual([0, 1, 2, 3, 0, 1, 5]);
    expect([...(left.history.values ?? [])]).toEqual([5, 4, 3, 1, 3, 1, 0.5]);
    expect([...(left.unlearned?.offsets ?? []), ...(left.unlearned?.items ?? [])]).toEqual([0, 2, 2, 3, 5, 8, 0]);
    expect([...(left.unlearned?.values ?? [])]).toEqual([4, 1, 5]);
    expect([...(left.kinds?.["bought"]?.offsets ?? [])]).toEqual([0, 1, 3, 3]);
    expect([...(left.kinds?.["bought"]?.items ?? [])]).toEqual([2, 0, 5]);
    expect([...(left.lastTimes ?? [])]).toEqual([10, 30, 40]);
    const own = run.parameters["factors/user"] ?? new Float32Array();
    expect([...(left.parameters["factors/user"] ?? [])]).toEqual([...own.slice(0, 2), ...own.slice(4)]);
    for (const name of ["factors/item", "bias/item"]) expect(left.parameters[name]).toBe(run.parameters[name]);
    expect(left.items).toBe(run.items);
  });
  test("no more counts what they did: items 0, 2 and 4 have one event less", () => {
    expect([...run.popularity]).toEqual([3, 2, 2, 1, 1, 1, 0, 0, 0]);
    expect([...left.popularity]).toEqual([2, 2, 1, 1, 0, 1, 0, 0, 0]);
  });
  test("says how much went: three events learned from, one that was not, one table's row", () => {
    expect(forgotten).toMatchObject({ interactions: 4, tables: ["factors/user"] });
    expect(left.metadata.dataset).toEqual({ ...run.metadata.dataset, users: 3, interactions: 6 });
    expect(left.metadata.forgotten).toBe(1);
    expect(forgetUser(left, "anna")?.artifact.metadata).toMatchObject({
      forgotten: 2,
      dataset: { users: 2, interactions: 0 },
    });
  });
  test("has plans for a user less", () => {
    const tables = left.plans.score.instructions.filter(({ op }) => op === "param").map(({ shape }) => shape[0]);
    expect(tables.sort()).toEqual([3, 9, 9]);
  });
  test("is the run as it was for somebody it does not know", () => {
    expect(forgetUser(run, "nobody")).toBeUndefined();
    expect(run.users).toHaveLength(4);
  });
});

test("an ensemble loses the user in every member, and says of which run the tables are", () => {
  const members = [
    { run: "one", artifact: run },
    { run: "two", artifact: run },
  ];
  const ensemble = ensembleOf(members, [0.5, 0.5], "standardized", { created: "2026-01-01T00:00:00.000Z" });
  const forgotten = forgetUser(ensemble, "007");
  expect(forgotten).toMatchObject({ interactions: 4, tables: ["one/factors/user", "two/factors/user"] });
  const { artifact } = forgotten ?? { artifact: ensemble };
  expect(artifact.members.map((member) => member.artifact.users.length)).toEqual([3, 3]);
  expect(artifact.users).toEqual(["anna", "Åsa 🎬\nline", ""]);
  expect([...artifact.popularity]).toEqual([2, 2, 1, 1, 0, 1, 0, 0, 0]);
  expect(artifact.unlearned?.offsets.length).toBe(4);
  expect(artifact.metadata).toMatchObject({ forgotten: 1, dataset: { users: 3, interactions: 6 } });
  expect(forgetUser(ensemble, "nobody")).toBeUndefined();
});
