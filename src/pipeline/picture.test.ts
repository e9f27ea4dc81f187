import { expect, test } from "vitest";
import { parsePipeline } from "./index.ts";
import { drawPipeline, pipelineMermaid } from "./picture.ts";

const home = parsePipeline({
  candidates: [
    { from: "ease", n: 200, index: true },
    { from: "popular", n: 20 },
    { from: "fresh", n: 5, field: "released" },
  ],
  filter: ["seen", 'item.price < 20 && item.genre != "horror & <gore>"'],
  rank: "shop",
  rerank: [{ mmr: { lambda: 0.7 } }, { pins: [{ item: "a", place: 1 }] }],
  k: 8,
});

test("every stage is a box, in the order in which items go through them", () => {
  const lines = pipelineMermaid(home).split("\n");
  const boxes = lines.filter((line) => /^ {2}n\d+[[(]/.test(line));
  expect(boxes.map((line) => /"([a-z]+)/.exec(line)?.[1])).toEqual(
    ["items", "ease", "popular", "fresh", "merge", "rank", "mmr", "pins", "page"], // biome-ignore format: one list
  );
  expect(lines.filter((line) => line.includes("-->"))).toHaveLength(3 + 3 + 4);
  expect(boxes[1]).toContain("200 best<br/>by its index");
});

test("one source needs no merging, and a model alone is two boxes between items and page", () => {
  const text = pipelineMermaid(parsePipeline({ candidates: [{ from: "ease", n: 9 }] }));
  expect(text).toContain("what was seen left out");
  expect(text).not.toContain("merge");
  expect(text.match(/-->/g)).toHaveLength(2);
});

test("the image escapes what conditions say, and is the same each time", () => {
  const svg = drawPipeline(home, "home");
  expect(svg).toContain("horror &amp; &lt;gore&gt;");
  expect(svg).not.toContain("<gore>");
  expect(svg).toBe(drawPipeline(home, "home"));
});
