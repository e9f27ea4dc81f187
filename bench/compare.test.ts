import { describe, expect, test } from "vitest";
import { compareResults } from "./compare.ts";
import { caseWith, resultWith } from "./fixtures.ts";

const recorded = resultWith("neumf-8", [caseWith("a", [24, 25, 26])]);
const now = (ratios: readonly number[]) => compareResults(recorded, resultWith("neumf-8", [caseWith("a", ratios)]))[0];

describe("comparison with the recorded result", () => {
  test("a median below every recorded ratio is slower", () => {
    expect(now([22, 23.9, 25])?.change).toBe("slower");
  });

  test("a median above every recorded ratio is faster", () => {
    expect(now([26.5, 27, 24])?.change).toBe("faster");
  });

  test("a median inside the recorded range is noise, its ends included", () => {
    for (const ratios of [[24], [25, 10, 90], [26]]) expect(now(ratios)?.change).toBe("same");
  });

  test("a ratio that was taken once only is given five percent", () => {
    const single = resultWith("memory", [caseWith("a", [2])]);
    const change = (ratio: number) => compareResults(single, resultWith("memory", [caseWith("a", [ratio])]))[0]?.change;
    expect([1.89, 1.91, 2.09, 2.11].map(change)).toEqual(["slower", "same", "same", "faster"]);
  });

  test("the peer that counted then is the one that counts now", () => {
    const other = caseWith("a", [3]);
    const both = {
      ...other,
      peers: [...other.peers, { ...other.peers[0], name: "other", ratio: caseWith("x", [1]).ratio }],
    };
    const [found] = compareResults(recorded, resultWith("neumf-8", [{ ...both, best: "other" } as typeof other]));
    expect(found?.text).toContain("3x now");
  });

  test("a case that is missing, or has no peer now, cannot be compared and says so", () => {
    const [missing] = compareResults(recorded, resultWith("neumf-8", []));
    expect(missing).toEqual({ id: "a", change: "incomparable", text: "a: nothing to compare with" });
    const alone = caseWith("a", [25], { peers: [], ratio: undefined, best: undefined });
    expect(compareResults(recorded, resultWith("neumf-8", [alone]))[0]?.change).toBe("incomparable");
  });
});
