import { describe, expect, test } from "vitest";
import { gather, input, param, rowDot } from "../../graph/ops.ts";
import { lower } from "../../graph/plan.ts";
import { referenceEngine } from "./index.ts";

/** Score of (user, item) = scale of the user x value of the item; items 1 and 3 are equal. */
function open() {
  const table = (name: string, rows: number, ids: "user" | "item") =>
    gather(param(name, [rows, 1], { kind: "zeros" }), input(ids, "i32"));
  return referenceEngine.scorer({
    plan: lower({ score: rowDot(table("scale", 3, "user"), table("value", 5, "item")) }),
    parameters: { scale: Float32Array.of(1, -1, 0), value: Float32Array.of(2, 5, 1, 5, 3) },
    users: 3,
    items: 5,
    threads: 1,
  });
}
const none = -1;

describe("ReferenceScorer", () => {
  test("scores pairs in their order", async () => {
    expect(await (await open()).score(Int32Array.of(0, 1, 0), Int32Array.of(1, 4, 2))).toEqual(
      Float32Array.of(5, -3, 1),
    );
    expect(await (await open()).score(new Int32Array(), new Int32Array())).toHaveLength(0);
  });

  test("topK orders by score, ties by lower item index", async () => {
    const { items, scores } = await (await open()).topK({ users: Int32Array.of(0, 1, 2), k: 3 });
    expect([...items]).toEqual([1, 3, 4, 2, 0, 4, 0, 1, 2]);
    expect([...scores.subarray(0, 6)]).toEqual([5, 5, 3, -1, -2, -3]);
  });

  test("topK leaves excluded items out and fills unused places", async () => {
    const exclude = { offsets: Int32Array.of(0, 3), items: Int32Array.of(0, 1, 2) };
    const { items, scores } = await (await open()).topK({ users: Int32Array.of(0), k: 4, exclude });
    expect([...items]).toEqual([3, 4, none, none]);
    expect([...scores]).toEqual([5, 3, -Infinity, -Infinity]);
  });

  test("topK ranks candidates only", async () => {
    const request = { users: Int32Array.of(0, 1), k: 2, candidates: Int32Array.of(0, 2, 4) };
    expect([...(await (await open()).topK(request)).items]).toEqual([4, 0, 2, 0]);
  });

  test("ranks count better and equal candidates of each target", async () => {
    const targets = { offsets: Int32Array.of(0, 2, 3), items: Int32Array.of(0, 3, 4) };
    const ranks = await (await open()).ranks({ users: Int32Array.of(0, 1), targets });
    expect([...ranks.greater]).toEqual([3, 0, 2]);
    expect([...ranks.equal]).toEqual([0, 1, 0]);
    expect([...ranks.candidates]).toEqual([5, 5]);
  });

  test("ranks leave excluded items out, but never a target", async () => {
    const targets = { offsets: Int32Array.of(0, 1), items: Int32Array.of(0) };
    const exclude = { offsets: Int32Array.of(0, 3), items: Int32Array.of(0, 1, 2) };
    const ranks = await (await open()).ranks({ users: Int32Array.of(0), targets, exclude });
    expect([ranks.greater[0], ranks.equal[0], ranks.candidates[0]]).toEqual([2, 0, 3]);
  });

  test("a constant scorer ties with everything", async () => {
    const targets = { offsets: Int32Array.of(0, 1), items: Int32Array.of(2) };
    const ranks = await (await open()).ranks({ users: Int32Array.of(2), targets });
    expect([ranks.greater[0], ranks.equal[0], ranks.candidates[0]]).toEqual([0, 4, 5]);
  });

  test("ids out of range and unequal lengths are refused", async () => {
    await expect((await open()).score(Int32Array.of(3), Int32Array.of(0))).rejects.toMatchObject({
      code: "ENGINE_INPUT",
    });
    await expect((await open()).score(Int32Array.of(0), Int32Array.of(-1))).rejects.toMatchObject({
      code: "ENGINE_INPUT",
    });
    await expect((await open()).score(Int32Array.of(0), Int32Array.of(0, 1))).rejects.toMatchObject({
      code: "ENGINE_INPUT",
    });
  });

  test("a disposed scorer is refused", async () => {
    const scorer = await open();
    scorer.dispose();
    await expect(scorer.score(Int32Array.of(0), Int32Array.of(0))).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
  });
});
