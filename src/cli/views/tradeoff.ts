import pc from "picocolors";
import type { Interval } from "../../evaluate/index.ts";
import { grouped, interval } from "../format.ts";
import { table } from "../table.ts";
import type { Tradeoff } from "../tradeoff.ts";
import { escaped } from "./svg.ts";

export function formatTradeoff(tradeoff: Tradeoff): string {
  const { pipeline, runs, dataset, knob, users, seed, measures, points, warnings = [] } = tradeoff;
  const rows = points.map(({ value, metrics }) => [
    String(value),
    ...measures.map((name) => (metrics[name] ? interval(metrics[name]) : "–")),
  ]);
  const head = `${pc.bold(pipeline)} (${runs.join(", ")}) on ${dataset}, full ranking, ${grouped(users)} users, seed ${seed}`;
  const notes = warnings.map(({ message }) => pc.yellow(`! ${message}`));
  return [head, table([knob, ...measures], rows), ...notes].join("\n\n");
}

const [WIDTH, HEIGHT, GAP] = [320, 240, 56];

/** A picture for each measure: accuracy to the right, the measure upwards, a point for each value of the knob with both intervals. */
export function drawTradeoff({ measures, points, knob }: Tradeoff): string {
  const [accuracy = "", ...others] = measures;
  const panels = others.map((name, i) => {
    const both = points.flatMap(({ value, metrics }) => {
      const [x, y] = [metrics[accuracy], metrics[name]];
      return x && y ? [{ value, x, y }] : [];
    });
    const across = scale(
      both.map(({ x }) => x),
      GAP,
      WIDTH - 16,
    );
    const up = scale(
      both.map(({ y }) => y),
      HEIGHT - GAP,
      16,
    );
    const marks = both.map(({ value, x, y }) => {
      const [cx, cy] = [across(x.value), up(y.value)];
      return [
        line(across(x.low), cy, across(x.high), cy, "#999"),
        line(cx, up(y.low), cx, up(y.high), "#999"),
        `<circle cx="${n(cx)}" cy="${n(cy)}" r="3.5" fill="#0b62a4"><title>${escaped(knob)} ${value}</title></circle>`,
        text(cx + 5, cy - 5, String(value), "start"),
      ].join("");
    });
    const way = both.map(({ x, y }) => `${n(across(x.value))},${n(up(y.value))}`).join(" ");
    const ends = [across.low, across.high].map((at) =>
      text(across(at), HEIGHT - GAP + 16, at.toPrecision(3), "middle"),
    );
    const sides = [up.low, up.high].map((at) => text(GAP - 6, up(at) + 4, at.toPrecision(3), "end"));
    return `<g transform="translate(${i * WIDTH} 0)">${line(GAP, HEIGHT - GAP, WIDTH - 16, HEIGHT - GAP, "#333")}${line(GAP, 16, GAP, HEIGHT - GAP, "#333")}${ends.join("")}${sides.join("")}<polyline points="${way}" fill="none" stroke="#0b62a4" stroke-opacity="0.4"/>${marks.join("")}${text((GAP + WIDTH) / 2, HEIGHT - 18, escaped(accuracy), "middle")}${text(GAP, 11, escaped(name), "start")}</g>`;
  });
  const width = WIDTH * Math.max(1, others.length);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" font-family="sans-serif" font-size="10" role="img" aria-label="${escaped(knob)}: ${escaped(measures.join(", "))}"><rect width="100%" height="100%" fill="#fff"/>${panels.join("")}</svg>\n`;
}

interface Scale {
  (value: number): number;
  readonly low: number;
  readonly high: number;
}

function scale(values: readonly Interval[], from: number, to: number): Scale {
  const low = Math.min(...values.map((one) => one.low));
  const high = Math.max(...values.map((one) => one.high));
  const span = high - low || 1;
  return Object.assign((value: number) => from + ((value - low) / span) * (to - from), { low, high });
}

const n = (value: number): string => value.toFixed(1);
const line = (x1: number, y1: number, x2: number, y2: number, color: string): string =>
  `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${color}"/>`;
const text = (x: number, y: number, content: string, anchor: string): string =>
  `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${content}</text>`;
