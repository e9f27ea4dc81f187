import { describe, expect, test } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { Vocabulary } from "./vocabulary.ts";

describe("Vocabulary", () => {
  const ids = ["007", "7", "日本", "", " 7", "x".repeat(200)];

  test("maps ids to indices and back", () => {
    const vocabulary = Vocabulary.from(ids);
    expect(vocabulary.size).toBe(ids.length);
    expect(vocabulary.toArray()).toEqual(ids);
    expect(ids.map((id) => vocabulary.index(id))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ids.map((_, index) => vocabulary.id(index))).toEqual(ids);
    expect(vocabulary.index("8")).toBeUndefined();
  });

  test("takes whole numbers for their digits, and nothing else that is no text", async () => {
    const vocabulary = Vocabulary.from([42, "7", -1]);
    expect(vocabulary.toArray()).toEqual(["42", "7", "-1"]);
    expect([vocabulary.index("42"), vocabulary.index(7), vocabulary.index(8)]).toEqual([0, 1, undefined]);
    await coded("DATA_INTERACTIONS", () => Vocabulary.from(["42", 42]));
    for (const bad of [0.5, Number.NaN, 2 ** 53, null, undefined, {}]) {
      await coded("DATA_ID", () => Vocabulary.from([bad as string]));
      await coded("DATA_ID", () => vocabulary.index(bad as string));
    }
  });

  test("survives being taken apart and put together", () => {
    const { bytes, offsets } = Vocabulary.from(ids).parts;
    const copy = Vocabulary.fromParts(bytes.slice(), offsets.slice());
    expect(copy.toArray()).toEqual(ids);
    expect(copy.index("日本")).toBe(2);
  });

  test("refuses repeated ids, offsets that do not fit, and indices outside", async () => {
    await coded("DATA_INTERACTIONS", () => Vocabulary.from(["a", "b", "a"]));
    const { bytes } = Vocabulary.from(["ab", "c"]).parts;
    for (const offsets of [[], [1, 3], [0, 2], [0, 4, 3]]) {
      await coded("DATA_INTERACTIONS", () => Vocabulary.fromParts(bytes, Uint32Array.from(offsets)));
    }
    for (const index of [-1, 2, 0.5, Number.NaN])
      await coded("DATA_INTERACTIONS", () => Vocabulary.from(["a", "b"]).id(index));
  });

  test("picks ids in the order asked for", () => {
    expect(Vocabulary.from(["a", "b", "c"]).pick([2, 0]).toArray()).toEqual(["c", "a"]);
  });
});
