import { significant, times } from "./format.ts";

/** A bar of the chart: how many times as fast as the peer, within which range, and what was aimed at. */
export interface Bar {
  readonly label: string;
  readonly peer: string;
  readonly ratio: number;
  readonly min: number;
  readonly max: number;
  readonly target?: number | undefined;
}

const layout = { width: 860, left: 270, right: 120, top: 64, row: 38, bar: 16, bottom: 46 } as const;
const plot = layout.width - layout.left - layout.right;

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** 1, 2, 5, 10, 20 … up to the first that covers `most`; starts below 1 where something is slower. */
export function ticks(least: number, most: number): number[] {
  const found: number[] = [];
  for (let decade = 0.01; decade <= 1e6; decade *= 10) {
    for (const step of [1, 2, 5]) found.push(Number((step * decade).toPrecision(1)));
  }
  const first = found.findLastIndex((tick) => tick <= Math.min(1, least));
  const last = found.findIndex((tick) => tick >= Math.max(2, most));
  return found.slice(Math.max(0, first), last + 1);
}

type Scale = (ratio: number) => number;

function scaleOf(marks: readonly number[]): Scale {
  const [low, high] = [Math.log(marks[0] ?? 1), Math.log(marks.at(-1) ?? 2)];
  return (ratio) => layout.left + (plot * (Math.log(ratio) - low)) / (high - low);
}

/** A horizontal bar chart on a logarithmic axis, with a strong line at 1 (as fast as the peer). */
export function barChart(title: string, subtitle: string, bars: readonly Bar[]): string {
  const least = Math.min(1, ...bars.map(({ min }) => min));
  const most = Math.max(1, ...bars.map(({ max, target = 0 }) => Math.max(max, target)));
  const marks = ticks(least, most);
  const x = scaleOf(marks);
  const height = layout.top + bars.length * layout.row + layout.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${layout.width} ${height}" width="${layout.width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    "<style>text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2933}.t{font-size:17px;font-weight:600}.s{font-size:11.5px;fill:#616e7c}.v{font-weight:600}</style>",
    `<rect width="${layout.width}" height="${height}" rx="8" fill="#ffffff"/>`,
    `<text class="t" x="20" y="28">${escaped(title)}</text>`,
    `<text class="s" x="20" y="46">${escaped(subtitle)}</text>`,
    ...marks.map((tick) => gridLine(tick, x(tick), height)),
    ...bars.flatMap((bar, row) => drawBar(bar, layout.top + row * layout.row, x)),
    `<text class="s" x="${layout.left}" y="${height - 10}">bar: median of the rounds' ratios · whisker: smallest and largest · ◆ target · logarithmic</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function gridLine(tick: number, x: number, height: number): string {
  const end = height - layout.bottom;
  const [stroke, width] = tick === 1 ? ["#1f2933", 1.5] : ["#e4e7eb", 1];
  return (
    `<line x1="${px(x)}" y1="${layout.top - 6}" x2="${px(x)}" y2="${end}" stroke="${stroke}" stroke-width="${width}"/>` +
    `<text class="s" x="${px(x)}" y="${end + 16}" text-anchor="middle">${times(tick)}</text>`
  );
}

const px = (value: number): string => value.toFixed(1);

function drawBar({ label, peer, ratio, min, max, target }: Bar, top: number, x: Scale): string[] {
  const middle = top + layout.row / 2;
  const [from, to] = [x(Math.min(1, ratio)), x(Math.max(1, ratio))];
  const fill = ratio >= 1 ? "#2f7d5b" : "#b4552d";
  return [
    `<text x="20" y="${px(middle - 2)}">${escaped(label)}</text>`,
    `<text class="s" x="20" y="${px(middle + 12)}">against ${escaped(peer)}</text>`,
    `<rect x="${px(from)}" y="${px(middle - layout.bar / 2)}" width="${px(Math.max(1, to - from))}" height="${layout.bar}" rx="2" fill="${fill}"/>`,
    `<path d="M${px(x(min))} ${px(middle)}H${px(x(max))}M${px(x(min))} ${px(middle - 4)}v8M${px(x(max))} ${px(middle - 4)}v8" stroke="#1f2933" fill="none"/>`,
    ...(target === undefined ? [] : [diamond(x(target), middle)]),
    `<text class="v" x="${layout.width - layout.right + 14}" y="${px(middle + 4)}">${times(ratio)}</text>`,
    ...(target === undefined
      ? []
      : [
          `<text class="s" x="${layout.width - layout.right + 62}" y="${px(middle + 4)}">≥ ${significant(target)}</text>`,
        ]),
  ];
}

const diamond = (x: number, y: number): string =>
  `<path d="M${px(x)} ${px(y - 6)}l5 6l-5 6l-5 -6z" fill="#f0b429" stroke="#1f2933"/>`;
