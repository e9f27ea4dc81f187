import { describe, expect, test } from "vitest";
import { barChart, ticks } from "./chart.ts";
import { caseWith, resultWith } from "./fixtures.ts";
import { speedChart, speedTable } from "./summary.ts";

const xOf = (svg: string, text: string): number => Number(new RegExp(`x="([\\d.]+)"[^>]*>${text}<`).exec(svg)?.[1]);

describe("chart", () => {
  test("marks cover all ratios and include 1", () => {
    expect(ticks(1.4, 26)).toEqual([1, 2, 5, 10, 20, 50]);
    expect(ticks(0.3, 1.2)).toEqual([0.2, 0.5, 1, 2]);
  });

  test("equal factors are equal distances", () => {
    const svg = barChart("t", "s", [{ label: "a", peer: "b", ratio: 90, min: 80, max: 95 }]);
    const [one, ten, hundred] = ["1x", "10x", "100x"].map((mark) => xOf(svg, mark)) as [number, number, number];
    expect(ten - one).toBeCloseTo(hundred - ten, 0);
  });

  test("a bar begins at 1 and ends at its ratio, to the left of 1 when it is slower", () => {
    const bars = [
      { label: "fast", peer: "p", ratio: 10, min: 9, max: 11 },
      { label: "slow", peer: "p", ratio: 0.5, min: 0.4, max: 0.6 },
    ];
    const svg = barChart("t", "s", bars);
    const drawn = [...svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="16"/g)];
    const [fast, slow] = drawn.map(([, x, width]) => [Number(x), Number(x) + Number(width)]) as [number[], number[]];
    expect(fast[0]).toBeCloseTo(xOf(svg, "1x"), 0);
    expect(fast[1]).toBeCloseTo(xOf(svg, "10x"), 0);
    expect(slow[1]).toBeCloseTo(xOf(svg, "1x"), 0);
    expect(slow[0]).toBeCloseTo(xOf(svg, "0.5x"), 0);
  });

  test("text is escaped", () => {
    expect(barChart("a < b & c", "", [])).toContain("a &lt; b &amp; c");
  });

  test("every recorded case with a peer is a bar; benchmarks against ourselves are in the table only", () => {
    const results = [
      resultWith("neumf-8", [
        caseWith("one", [5], { target: 4 }),
        caseWith("alone", [5], { ratio: undefined, best: undefined }),
      ]),
      resultWith("threads", [caseWith("two", [1.9])]),
    ];
    const svg = speedChart(results);
    expect(svg).toContain("Title of one");
    expect(svg).toContain("≥ 4");
    expect(svg).not.toContain("Title of alone");
    expect(svg).not.toContain("Title of two");
    const table = speedTable(results);
    expect(table).toContain("| Title of one | 50 samples/s | PyTorch | 10 samples/s | **5x** (5 … 5) | ≥ 4x | – |");
    expect(table).toContain("Title of two");
    expect(table).toContain("torch 2.9.0");
  });

  test("the picture is the same bytes for the same results", () => {
    const results = [resultWith("neumf-8", [caseWith("one", [5, 6, 7])])];
    expect(speedChart(results)).toBe(speedChart(structuredClone(results)));
  });
});
