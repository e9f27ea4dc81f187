import { describe, expect, test } from "vitest";
import { stack } from "../../src/core/csr.ts";
import { hash, normal, unit } from "../../src/core/random.ts";
import type { DiversityRequest, Engine } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";

const DIVERSITIES: readonly DiversityRequest["diversity"][] = [
  ...([0, 0.3, 0.7, 1] as const).flatMap((lambda) =>
    (["mmr", "msd", "dpp"] as const).map((method) => ({ method, lambda })),
  ),
  { method: "mmr" },
  { method: "ssd" },
  { method: "ssd", gamma: 0, window: 3 },
  { method: "ssd", gamma: 2, window: 1 },
  { method: "ssd", gamma: 0.6, window: 900 },
];

/** Vectors of few directions, some twice and some of zeros; scores of which some are equal. */
function byVectors(size: number, width: number, key: number): Pick<DiversityRequest, "scores" | "traits"> {
  const row = (i: number) => (i % 7 === 3 ? i - 3 : i);
  const vectors = Float32Array.from({ length: size * width }, (_, at) => {
    const [i, column] = [row(Math.floor(at / width)), at % width];
    return i % 11 === 5 ? 0 : normal(key, i, column);
  });
  const scores = Float64Array.from({ length: size }, (_, i) => Math.round(30 * normal(key, i, 1000)) / 30);
  return { scores, traits: { vectors, width } };
}

/** What two share of twelve things, some with none. */
function bySets(size: number, key: number): Pick<DiversityRequest, "scores" | "traits"> {
  const has = (i: number) =>
    Array.from({ length: 12 }, (_, thing) => thing).filter((thing) => i % 9 !== 4 && unit(hash(key, i, thing)) < 0.25);
  const sets = stack(Array.from({ length: size }, (_, i) => Int32Array.from(has(i))));
  const scores = Array.from({ length: size }, (_, i) => normal(key, i, 1000));
  return { scores, traits: { sets, things: 12 } };
}

/** Lists that differ within themselves, against the definition. */
export function describeDiversity(engine: Engine): void {
  describe(`${engine.name} engine against the definition: lists that differ within themselves`, () => {
    test.each(DIVERSITIES.map((diversity) => [JSON.stringify(diversity), diversity] as const))(
      "%s chooses the same places in the same order",
      async (_, diversity) => {
        for (const [size, width] of [
          [1, 1],
          [2, 3],
          [40, 5],
          [101, 64],
          [150, 17],
        ] as const) {
          for (const candidates of [byVectors(size, width, 7), bySets(size, 8)]) {
            for (const k of [1, 10, size, size + 5]) {
              const request = { ...candidates, diversity, k };
              expect(await engine.diversify(request)).toEqual(await referenceEngine.diversify(request));
            }
          }
        }
      },
    );

    test("what does not fit is refused", async () => {
      const right = { ...byVectors(5, 3, 1), diversity: { method: "mmr" }, k: 2 } as const;
      const refused = (request: DiversityRequest, code: string) =>
        expect(engine.diversify(request)).rejects.toMatchObject({ code });
      await refused({ ...right, k: 0 }, "CONFIG_VALUE");
      await refused({ ...right, scores: [1, 2] }, "CONFIG_VALUE");
      await refused({ ...right, diversity: { method: "dpp", lambda: 1.01 } }, "CONFIG_VALUE");
      await refused({ ...right, diversity: { method: "ssd", window: 1.5 } }, "CONFIG_VALUE");
      await refused({ ...right, diversity: { method: "ssd", gamma: Number.POSITIVE_INFINITY } }, "CONFIG_VALUE");
      const sets = { offsets: Int32Array.of(0, 1, 1, 1, 1, 1), items: Int32Array.of(4) };
      if (engine.name !== "reference") await refused({ ...right, traits: { sets, things: 4 } }, "ENGINE_INPUT");
    });
  });
}
