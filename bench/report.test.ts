import { describe, expect, test } from "vitest";
import { caseWith, resultWith } from "./fixtures.ts";
import { aligned, percent, quantity, significant } from "./format.ts";
import { limitOf } from "./limits.ts";
import { reportOf } from "./report.ts";

describe("numbers", () => {
  test("quantities have three digits and a prefix", () => {
    expect([512, 2597, 16_224, 1_234_567, 139e9].map((value) => quantity(value))).toEqual([
      "512",
      "2597",
      "16.2 k",
      "1.23 M",
      "139 G",
    ]);
    expect(quantity(2597, "B")).toBe("2597 B");
    expect(quantity(33e9, "B/s")).toBe("33 GB/s");
    expect(quantity(122_000, " samples/s")).toBe("122 k samples/s");
  });

  test("ratios and shares are readable", () => {
    expect([0.4567, 1.85, 25.04, 1234.5].map(significant)).toEqual(["0.457", "1.85", "25", "1235"]);
    expect([0.004, 0.37, 1.2].map(percent)).toEqual(["0.4 %", "37 %", "120 %"]);
  });

  test("columns stand under each other", () => {
    expect(
      aligned([
        ["a", "1"],
        ["bcd", "234", "x"],
      ]),
    ).toEqual(["a      1", "bcd  234  x"]);
  });
});

describe("report", () => {
  test("a case says who took part, whether the target was met, and how near the limit it came", () => {
    const limit = limitOf({ flops: 16_224, bytes: 2597 }, { flops: 139e9, bytes: 33e9 }, 3e6);
    const result = caseWith("a", [24, 25, 26], {
      target: 25,
      limit,
      absent: [{ name: "RecBole", reason: "no Python" }],
      notes: ["a remark"],
    });
    expect(reportOf(resultWith("neumf-8", [result]))).toMatchInlineSnapshot(`
      "Title of neumf-8
      made-up data

      Title of a
        Penchant   250 samples/s  (240 … 260)
        PyTorch *   10 samples/s    (10 … 10)  ours 25x  (24 … 26)
        RecBole: absent (no Python)
        target 25x of *: 25x measured, met
        limit: 16.2 kFLOP and 2597 B a sample; 139 GFLOP/s and 33 GB/s measured allow 8.57 M and 12.7 M samples/s; reached 35 %
        same work: losses agree
        note: a remark"
    `);
  });

  test("a case without peers says that its target cannot be judged", () => {
    const alone = caseWith("a", [25], { peers: [], ratio: undefined, best: undefined, target: 25, agreement: [] });
    expect(reportOf(resultWith("x", [alone]))).toContain("target 25x: no peer to measure it against");
  });

  test("different work is shouted", () => {
    const wrong = caseWith("a", [25], { agreement: [{ holds: false, text: "losses part" }] });
    expect(reportOf(resultWith("x", [wrong]))).toContain("NOT THE SAME WORK: losses part");
  });
});

describe("limit", () => {
  test("the scarcer of operations and bytes is the limit", () => {
    const peak = { flops: 100, bytes: 10 };
    expect(limitOf({ flops: 10, bytes: 1 }, peak, 5)).toMatchObject({ byFlops: 10, byBytes: 10, share: 0.5 });
    expect(limitOf({ flops: 10, bytes: 5 }, peak, 1)).toMatchObject({ byFlops: 10, byBytes: 2, share: 0.5 });
  });
});
