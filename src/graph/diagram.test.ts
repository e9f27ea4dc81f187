import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagram } from "./diagram.ts";
import { layOut } from "./diagram-layout.ts";
import { type DiagramBox, drawSvg, measure } from "./diagram-svg.ts";
import { mermaid } from "./mermaid.ts";
import * as g from "./ops.ts";

const rows = (name: string, id: "user" | "item") =>
  g.withScope(name, () => g.gather(g.param(name, [50, 8], { kind: "zeros" }), g.input(id, "i32")));
const graph = () => ({ score: g.rowDot(rows("users", "user"), rows("items", "item")) });

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const number = (attributes: string, name: string) => Number(attributes.match(new RegExp(`\\b${name}="([^"]+)"`))?.[1]);

/** The boxes of an image, without its frame. */
const boxesOf = (svg: string): Rect[] =>
  [...svg.matchAll(/<g><rect ([^>]+)>/g)].map(([, attributes = ""]) => ({
    x: number(attributes, "x"),
    y: number(attributes, "y"),
    width: number(attributes, "width"),
    height: number(attributes, "height"),
  }));

/** Points along each edge. */
function edgesOf(svg: string): { x: number; y: number }[][] {
  const group = svg.match(/<g fill="none"[\s\S]*?<\/g>/)?.[0] ?? "";
  return [...group.matchAll(/ d="([^"]+)"/g)].map(([, path = ""]) => {
    const points: { x: number; y: number }[] = [];
    for (const [, command, rest = ""] of path.matchAll(/([MVC])([^MVC]*)/g)) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = rest.trim().split(/\s+/).map(Number);
      const { x, y } = points.at(-1) ?? { x: 0, y: 0 };
      for (let step = 1; step <= 20; step++) {
        const [t, s] = [step / 20, 1 - step / 20];
        const bezier = (p: number, q: number, r: number, u: number) =>
          s * s * s * p + 3 * s * s * t * q + 3 * s * t * t * r + t * t * t * u;
        if (command === "M") points.push({ x: a, y: b });
        if (command === "V") points.push({ x, y: y + (a - y) * t });
        if (command === "C") points.push({ x: bezier(x, a, c, e), y: bezier(y, b, d, f) });
      }
    }
    return points;
  });
}

const inside = ({ x, y }: { x: number; y: number }, box: Rect) =>
  x > box.x + 0.5 && x < box.x + box.width - 0.5 && y > box.y + 0.5 && y < box.y + box.height - 0.5;
const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Random layered boxes: box i depends on some of the earlier ones. */
const anyBoxes = fc
  .array(fc.tuple(fc.nat({ max: 40 }), fc.array(fc.nat(), { maxLength: 3 }), fc.boolean()), {
    minLength: 1,
    maxLength: 14,
  })
  .map((specs) =>
    specs.map(([length, picks, isSource], i): DiagramBox => {
      const lines = ["n".repeat(length + 1), ...(length % 2 === 0 ? ["detail"] : [])];
      const inputs = i === 0 ? [] : [...new Set(picks.map((pick) => pick % i))];
      return { lines, role: "operation", ...measure(lines, "operation"), inputs, isSource };
    }),
  );
const draw = (boxes: readonly DiagramBox[]) =>
  drawSvg(boxes, layOut(boxes, { column: 22, row: 38 }), { title: undefined, caption: "" });

describe("layout", () => {
  test("keeps boxes apart and inside the image, and edges out of boxes, for any graph", () => {
    fc.assert(
      fc.property(anyBoxes, (boxes) => {
        const svg = draw(boxes);
        const rects = boxesOf(svg);
        const frame = { x: 0, y: 0, width: number(svg, "width"), height: number(svg, "height") };
        expect(rects.length).toBe(boxes.length);
        for (const [i, a] of rects.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= frame.width && a.y + a.height <= frame.height).toBe(true);
          for (const b of rects.slice(i + 1)) expect(overlap(a, b)).toBe(false);
        }
        const edges = edgesOf(svg);
        expect(edges.length).toBe(boxes.reduce((sum, { inputs }) => sum + inputs.length, 0));
        for (const edge of edges) for (const box of rects) expect(edge.some((p) => inside(p, box))).toBe(false);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test("draws a chain beside a long edge as two straight lines", () => {
    const box = (...inputs: number[]): DiagramBox => ({
      lines: ["box"],
      role: "operation",
      width: 60,
      height: 30,
      inputs,
      isSource: inputs.length === 0,
    });
    const { centres, edges } = layOut([box(), box(0), box(1), box(2), box(3, 0)], { column: 20, row: 30 });
    expect(new Set([1, 2, 3].map((i) => centres[i]?.x)).size).toBe(1);
    const long = edges.find(({ corridors }) => corridors.length === 5);
    expect(new Set(long?.corridors.slice(1, -1).map(({ x }) => x)).size).toBe(1);
  });
});

describe("diagram", () => {
  test("shows every layer with shape and parameters", () => {
    const svg = diagram(graph(), { title: "Two tables" });
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual([
      "Two tables",
      ...["user", "[batch]"],
      ...["item", "[batch]"],
      ...["users", "Embedding [batch, 8]", "400 parameters"],
      ...["items", "Embedding [batch, 8]", "400 parameters"],
      ...["Dot", "[batch]"],
      ...["score", "[batch]"],
      "800 parameters",
    ]);
  });

  test("is the same for the same graph", () => {
    expect(diagram(graph())).toBe(diagram(graph()));
  });

  test("escapes names, and loads nothing from elsewhere", () => {
    const table = g.gather(g.param("<script>\"&'", [5, 2], { kind: "zeros" }), g.input("user", "i32"));
    const svg = diagram({ score: g.sumLast(table) }, { title: "<b>" });
    expect(svg).toContain("&lt;script&gt;&quot;&amp;&#39;");
    expect(svg).not.toMatch(/<script|<b>|href|url\(|@import/);
  });
});

describe("mermaid", () => {
  test("lists layers, connections and colours", () => {
    expect(mermaid(graph()).split("\n")).toEqual([
      "flowchart BT",
      '  n0(["user<br/>[batch]"]):::input',
      '  n1(["item<br/>[batch]"]):::input',
      '  n2["users<br/>Embedding [batch, 8]<br/>400 parameters"]:::embedding',
      '  n3["items<br/>Embedding [batch, 8]<br/>400 parameters"]:::embedding',
      '  n4["Dot<br/>[batch]"]:::operation',
      '  n5(["score<br/>[batch]"]):::output',
      "  n0 --> n2",
      "  n1 --> n3",
      "  n2 --> n4",
      "  n3 --> n4",
      "  n4 --> n5",
      "  classDef input fill:#f1f5f9,stroke:#94a3b8,color:#0f172a",
      "  classDef embedding fill:#dbeafe,stroke:#3b82f6,color:#1e3a8a",
      "  classDef operation fill:#ffffff,stroke:#94a3b8,color:#0f172a",
      "  classDef output fill:#0f766e,stroke:#0f766e,color:#ffffff",
      "",
    ]);
  });

  test("writes characters that mean something to Mermaid by their code", () => {
    const table = g.gather(g.param('a"b#c<d>', [5, 2], { kind: "zeros" }), g.input("user", "i32"));
    expect(mermaid({ score: g.sumLast(table) })).toContain("a#34;b#35;c#60;d#62;<br/>");
  });
});
