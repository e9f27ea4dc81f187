import type { Box, Corridor, Edge, Layout } from "./diagram-layout.ts";
import type { LayerRole } from "./summary-layers.ts";

export interface DiagramBox extends Box {
  /** Text, the name first. */
  readonly lines: readonly string[];
  readonly role: LayerRole | "output";
}

export interface Captions {
  readonly title: string | undefined;
  readonly caption: string;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const NAME = { size: 13, height: 18 } as const;
const DETAIL = { size: 11.5, height: 16 } as const;
const PADDING = { x: 14, y: 8 } as const;
const MARGIN = 28;
const HEADER = 38;

interface Style {
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
  readonly detail: string;
}
const styles: { readonly [R in DiagramBox["role"]]: Style } = {
  input: { fill: "#f1f5f9", stroke: "#94a3b8", text: "#0f172a", detail: "#475569" },
  embedding: { fill: "#dbeafe", stroke: "#3b82f6", text: "#1e3a8a", detail: "#1d4ed8" },
  dense: { fill: "#fef3c7", stroke: "#f59e0b", text: "#78350f", detail: "#92400e" },
  parameter: { fill: "#ede9fe", stroke: "#8b5cf6", text: "#4c1d95", detail: "#6d28d9" },
  operation: { fill: "#ffffff", stroke: "#94a3b8", text: "#0f172a", detail: "#475569" },
  output: { fill: "#0f766e", stroke: "#0f766e", text: "#ffffff", detail: "#ccfbf1" },
};
const isPill = (role: DiagramBox["role"]): boolean => role === "input" || role === "output";

/** The size of a box that holds the lines. */
export function measure(lines: readonly string[], role: DiagramBox["role"]): { width: number; height: number } {
  const widths = lines.map((line, i) => (i === 0 ? textWidth(line, NAME.size) * 1.06 : textWidth(line, DETAIL.size)));
  return {
    width: Math.ceil(Math.max(...widths) + 2 * PADDING.x + (isPill(role) ? 10 : 0)),
    height: NAME.height + DETAIL.height * (lines.length - 1) + 2 * PADDING.y,
  };
}

/** Width of a text in pixels, generous: no font is at hand, and the widest common sans-serif should fit. */
function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const char of text) ems += /[mwMW@%]/.test(char) ? 0.95 : /[ijl.,:;'|!()[\] ]/.test(char) ? 0.36 : 0.63;
  return ems * size;
}

/** The whole image; `layout` has its y axis pointing up, SVG's points down. */
export function drawSvg(boxes: readonly DiagramBox[], layout: Layout, { title, caption }: Captions): string {
  const header = title === undefined ? 0 : HEADER;
  const titleWidth = title === undefined ? 0 : textWidth(title, 17) * 1.06;
  const inner = Math.max(layout.width, titleWidth, textWidth(caption, DETAIL.size));
  const width = Math.ceil(inner + 2 * MARGIN);
  const height = Math.ceil(layout.height + 2 * MARGIN + header + 18);
  const x = (value: number) => MARGIN + (inner - layout.width) / 2 + value;
  const y = (value: number) => MARGIN + header + layout.height - value;
  const label = escapeXml(title ?? "Architecture");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" font-family="${FONT}">`,
    `<title>${label}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" fill="#ffffff" stroke="#e2e8f0"/>`,
    ...(title === undefined ? [] : [text(width / 2, MARGIN + 8, title, 17, "#0f172a", true)]),
    '<g fill="none" stroke="#64748b" stroke-width="1.4">',
    ...layout.edges.map((edge) => `<path d="${route(edge, boxes, layout, x, y)}"/>`),
    "</g>",
    ...layout.edges.map((edge) => arrow(edge, boxes, layout, x, y)),
    ...boxes.map((box, i) => drawBox(box, x(layout.centres[i]?.x ?? 0), y(layout.centres[i]?.y ?? 0))),
    text(width / 2, height - 16, caption, DETAIL.size, "#64748b", false),
    "</svg>",
    "",
  ].join("\n");
}

type Axis = (value: number) => number;

const ARROW = 6;

/** Where an edge enters its target: the edges of one target side by side, in the order of where they come from. */
function entry({ to, corridors }: Edge, boxes: readonly DiagramBox[], layout: Layout): { x: number; bottom: number } {
  const last = (edge: Edge) => edge.corridors.at(-2)?.x ?? 0;
  const rivals = layout.edges.filter((edge) => edge.to === to).toSorted((a, b) => last(a) - last(b));
  const position = rivals.findIndex((edge) => edge.corridors === corridors);
  const centre = layout.centres[to] ?? { x: 0, y: 0 };
  const { width, height } = boxes[to] as DiagramBox;
  const step = Math.min(26, (width - 2 * PADDING.x) / Math.max(1, rivals.length));
  return { x: centre.x + (position - (rivals.length - 1) / 2) * step, bottom: centre.y - height / 2 };
}

/** Straight across each rank, bent only in the gaps between ranks, where there are no boxes. */
function route(edge: Edge, boxes: readonly DiagramBox[], layout: Layout, x: Axis, y: Axis): string {
  const source = layout.centres[edge.from] ?? { x: 0, y: 0 };
  const end = entry(edge, boxes, layout);
  const start = source.y + (boxes[edge.from]?.height ?? 0) / 2;
  const parts = [`M${at(x(source.x))} ${at(y(start))}`];
  for (const [i, to] of edge.corridors.entries()) {
    const from = edge.corridors[i - 1];
    if (!from) continue;
    const isLast = i === edge.corridors.length - 1;
    const next: Corridor = isLast ? { x: end.x, bottom: to.bottom, top: end.bottom - ARROW } : to;
    const bottom = isLast ? Math.min(to.bottom - ARROW, next.top) : to.bottom;
    const middle = (from.top + bottom) / 2;
    parts.push(
      `V${at(y(from.top))}`,
      `C${at(x(from.x))} ${at(y(middle))} ${at(x(next.x))} ${at(y(middle))} ${at(x(next.x))} ${at(y(bottom))}`,
      `V${at(y(next.top))}`,
    );
  }
  return parts.join(" ");
}

function arrow(edge: Edge, boxes: readonly DiagramBox[], layout: Layout, x: Axis, y: Axis): string {
  const { x: tip, bottom } = entry(edge, boxes, layout);
  const [left, right, base] = [at(x(tip) - 3.6), at(x(tip) + 3.6), at(y(bottom - ARROW - 1))];
  return `<path d="M${at(x(tip))} ${at(y(bottom))} L${left} ${base} L${right} ${base} Z" fill="#64748b"/>`;
}

function drawBox({ lines, role, width, height }: DiagramBox, x: number, y: number): string {
  const { fill, stroke, text: ink, detail } = styles[role];
  const radius = isPill(role) ? height / 2 : 7;
  const top = y - height / 2;
  const shape = `<rect x="${at(x - width / 2)}" y="${at(top)}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="1.3"/>`;
  const words = lines.map((line, i) =>
    i === 0
      ? text(x, top + PADDING.y + 13, line, NAME.size, ink, true)
      : text(x, top + PADDING.y + NAME.height + DETAIL.height * i - 4, line, DETAIL.size, detail, false),
  );
  return ["<g>", shape, ...words, "</g>"].join("");
}

const text = (x: number, y: number, value: string, size: number, fill: string, bold: boolean): string =>
  `<text x="${at(x)}" y="${at(y)}" font-size="${size}" fill="${fill}" text-anchor="middle"${bold ? ' font-weight="600"' : ""}>${escapeXml(value)}</text>`;

/** Tenths of a pixel are enough, and keep the file the same across platforms. */
const at = (value: number): string => String(Math.round(value * 10) / 10);

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeXml = (value: string): string => value.replace(/[&<>"']/g, (char) => entities[char] ?? char);
