import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { interactionsOf } from "../../test/support/interactions.ts";
import type { Interactions } from "../dataset/interactions.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { sasRec } from "../models/sasrec.ts";
import { trainingPlan } from "../nn/plans.ts";
import { toArtifact } from "./artifact.ts";
import { fit as fitModel } from "./fit.ts";
import { holdOutLast, matricesOf, together, withoutDislikes } from "./inputs/data.ts";

/** Each of four users sees five items, some again and again, and does not like the last. */
const log = interactionsOf(
  [0, 1, 2, 3].flatMap((user) =>
    ["a", "b", "a", "c", "a", "d", "b", "e"].map((item, n) => `u${user} ${item} ${item === "e" ? -1 : 1} ${10 * n}`),
  ),
);
const model = sasRec({ width: 4, blocks: 1, length: 6 });
const quick = { engine: referenceEngine, progress: "none", epochs: 1, seed: 1 } as const;

/** The first user's sequence in a run, by item. */
async function sequenceOf(data: Interactions, options: object = {}): Promise<string> {
  const run = await fitModel(model, data, { ...quick, ...options });
  const { sequence } = toArtifact(run, data).matrices ?? {};
  const items = Array.from(sequence?.items.subarray(0, sequence.offsets[1]) ?? []);
  return items.map((item) => data.items.id(item)).join("");
}

test("a model of sequences sees every event of what is liked, or the last of each item alone", async () => {
  expect(await sequenceOf(log)).toBe("abacadb");
  expect(await sequenceOf(log, { repeats: "last" })).toBe("cadb");
});

test("what is held out takes its events along, and brings them back", () => {
  const liked = withoutDislikes(log);
  const held = holdOutLast(liked, 1);
  const shown = (data: typeof liked | undefined) =>
    [...(data?.byUser.items.subarray(0, data.byUser.offsets[1]) ?? [])].map((item) => log.items.id(item)).join("");
  expect([shown(held?.train), shown(held?.validation)]).toEqual(["acd", "b"]);
  expect(held && together(held.train, [held.validation]).recorded).toBe(log.recorded);
});

test("repeats are learned from", async () => {
  const [all, last] = await Promise.all(
    (["all", "last"] as const).map((repeats) => fitModel(model, log, { ...quick, repeats })),
  );
  expect(all?.parameters["items"]).not.toEqual(last?.parameters["items"]);
});

test("a run is not resumed where events of what is held out are others, which a refit would learn from", async () => {
  const directory = await mkdtemp(join(tmpdir(), "penchant-repeats-"));
  const of = (first: number) =>
    interactionsOf(["u0 a 1 1", `u0 b ${first} 2`, "u0 c 1 3", "u0 b 3 4", "u1 b 1 1", "u1 d 1 2", "u1 a 1 3"]);
  const options = { ...quick, checkpoint: { directory }, patience: 1, weights: "values" } as const;
  try {
    expect(of(2).byUser).toEqual(of(1).byUser);
    const whole = await fitModel(model, of(1), options);
    expect(whole.refit).toBeDefined();
    const resumed = await fitModel(model, of(1), { ...options, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
    await expect(fitModel(model, of(2), { ...options, resume: true })).rejects.toMatchObject({
      code: "TRAIN_CHECKPOINT_MISMATCH",
      details: { different: ["everything"] },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

describe("what an event counts", () => {
  /** A user who looks at an item, dislikes it, and buys it at last; and one who looks twice. */
  const shop = (look: number) =>
    interactionsOf([
      `u0 a ${look} 1`,
      "u0 b 1 2",
      "u0 a -1 3",
      "u0 a 5 4",
      "u0 c 1 5",
      "u1 b 1 1",
      "u1 b 2 2",
      "u1 c 1 3",
    ]);
  const plans = [trainingPlan(model, { users: 2, items: 3, meanValue: 1, itemCounts: new Float32Array(3) })];
  const rows = (data: Interactions, options: Parameters<typeof matricesOf>[3]) => {
    const { sequence } = matricesOf(model, plans, data, options);
    const items = Array.from(sequence?.items ?? [], (item) => data.items.id(item)).join("");
    return [items, sequence?.values && [...sequence.values]];
  };

  test("is its own value, not that of its pair; what was disliked at the time is no event of a sequence", () => {
    expect(rows(shop(1), { weights: "values" })).toEqual(["abacbbc", [1, 1, 5, 1, 1, 2, 1]]);
    expect(rows(shop(1), { weights: "values", repeats: "last" })).toEqual(["bacbc", [1, 5, 1, 2, 1]]);
    expect(rows(shop(1), {})).toEqual(["abacbbc", undefined]);
  });

  test("is refused unless it is above 0, also where that of its pair is", () => {
    const refused = expect.objectContaining({ code: "TRAIN_DATA" });
    expect(() => rows(shop(0), { weights: "values" })).toThrow(refused);
    expect(rows(shop(0), { weights: "none" })[0]).toBe("abacbbc");
  });

  test("decides what is learned, event by event", async () => {
    const learned = async (look: number, weights: "none" | "values") =>
      (await fitModel(model, shop(look), { ...quick, weights })).parameters;
    expect(shop(2).byUser).toEqual(shop(1).byUser);
    expect(await learned(2, "values")).toEqual(await learned(1, "values")); // the first event is nobody's target
    const twice = interactionsOf(["u0 a 1 1", "u0 b 1 2", "u0 b 1 3", "u0 c 1 4", "u1 c 1 1", "u1 a 1 2"]);
    const more = interactionsOf(["u0 a 1 1", "u0 b 4 2", "u0 b 1 3", "u0 c 1 4", "u1 c 1 1", "u1 a 1 2"]);
    expect(more.byUser).toEqual(twice.byUser);
    const of = async (data: Interactions) => (await fitModel(model, data, { ...quick, weights: "values" })).parameters;
    expect(await of(more)).not.toEqual(await of(twice));
  });
});
