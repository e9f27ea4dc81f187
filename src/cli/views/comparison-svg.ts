/** A comparison as a picture: quality against seconds of training, intervals drawn, baselines as dashed lines. */
import { type ComparedGroup, type ComparedRow, type Comparison, columnsOf } from "../comparison.ts";
import { duration, share } from "../format.ts";
import { splitText } from "../split-choice.ts";
import { FONT } from "./svg.ts";

const WIDTH = 860;
const HEIGHT = 420;
const PLOT = { left: 74, right: 560, top: 64, bottom: 360 } as const;
/** Least distance of two labels in pixels. */
const LINE = 17;
const COLOUR = {
  best: "#0f766e",
  noise: "#0f766e",
  other: "#3b82f6",
  baseline: "#94a3b8",
  text: "#0f172a",
  axis: "#475569",
};

/** One plot for each group, one above the other. */
export function comparisonSvg({ groups }: Comparison): string {
  const drawn = groups.filter(({ best }) => best !== undefined);
  const height = Math.max(1, drawn.length) * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Quality against seconds" font-family="${FONT}" font-size="12">`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="12" fill="#ffffff" stroke="#e2e8f0"/>`,
    ...drawn.flatMap((group, i) => [`<g transform="translate(0 ${i * HEIGHT})">`, ...plot(group), "</g>"]),
    "</svg>",
    "",
  ].join("\n");
}

interface Mark {
  readonly name: string;
  /** Pixels; x is absent for what was not trained. */
  readonly x?: number | undefined;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
  readonly text: string;
}

function plot(group: ComparedGroup): string[] {
  const { best, rows, k } = group;
  const column = columnsOf(rows, k).find(({ protocol, label }) => protocol === best?.protocol && label === best.metric);
  if (!column) return [];
  const shown = rows.flatMap((row) => {
    const metric = row.protocols[column.protocol]?.[column.label];
    return metric && row.model !== "random" ? [{ row, ...metric }] : [];
  });
  const ySpan = padded(Math.min(...shown.map(({ low }) => low)), Math.max(...shown.map(({ high }) => high)));
  const times = shown.flatMap(({ row }) => secondsOf(row) ?? []);
  const xSpan = padded(Math.log10(Math.min(...times, 1e9)), Math.log10(Math.max(...times, 1e-9)));
  const y = scale(ySpan, [PLOT.bottom, PLOT.top]);
  const x = scale(xSpan, [PLOT.left, PLOT.right]);
  const marks = shown.map(({ row, value, low, high }): Mark => {
    const seconds = secondsOf(row);
    const verdict = group.differences.find(
      (each) => each.row === row.name && each.protocol === column.protocol && each.metric === column.label,
    )?.verdict;
    const isBest = row.name === best?.row;
    const colour =
      seconds === undefined
        ? COLOUR.baseline
        : isBest
          ? COLOUR.best
          : verdict === "noise"
            ? COLOUR.noise
            : COLOUR.other;
    const note = isBest ? " ★" : verdict === "noise" ? " ≈" : "";
    return {
      name: row.name,
      ...(seconds !== undefined && { x: x(Math.log10(seconds)) }),
      ...{ y: y(value), low: y(low), high: y(high), colour },
      text: `${row.name} ${share(value)}${note}`,
    };
  });
  return [
    text(
      PLOT.left,
      30,
      `${group.dataset}, ${splitText(group.split)} split: ${column.label} ${column.protocol}`,
      'font-weight="600" font-size="15"',
    ),
    text(
      PLOT.left,
      48,
      "against seconds of training; 95 % intervals; ★ best, ≈ not told apart from it",
      `fill="${COLOUR.axis}"`,
    ),
    ...yAxis(ySpan, y),
    ...(times.length > 0 ? xAxis(times, x) : []),
    ...marks.flatMap(drawMark),
    ...labels(marks),
  ];
}

/** Of training; what only counts or draws numbers was not trained. */
function secondsOf({ run, seconds }: ComparedRow): number | undefined {
  if (run === undefined || seconds === undefined || Number.isNaN(seconds)) return undefined;
  return seconds > 0.01 ? seconds : undefined;
}

type Span = readonly [low: number, high: number];

function padded(low: number, high: number): Span {
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

const scale =
  ([low, high]: Span, [from, to]: Span) =>
  (value: number): number =>
    from + ((value - low) / (high - low)) * (to - from);

function yAxis([low, high]: Span, y: (value: number) => number): string[] {
  const step = niceStep((high - low) / 6);
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick++) ticks.push(tick * step);
  return ticks.flatMap((tick) => [
    line([PLOT.left, y(tick)], [PLOT.right, y(tick)], "#f1f5f9"),
    text(PLOT.left - 8, y(tick) + 4, share(tick), `text-anchor="end" fill="${COLOUR.axis}"`),
  ]);
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}

function xAxis(times: readonly number[], x: (value: number) => number): string[] {
  const [least, most] = [Math.log10(Math.min(...times)), Math.log10(Math.max(...times))];
  const powers: number[] = [];
  for (let power = Math.floor(least); power <= Math.ceil(most); power++) {
    for (const factor of [1, 3]) {
      const place = x(power + Math.log10(factor));
      if (place >= PLOT.left && place <= PLOT.right) powers.push(factor * 10 ** power);
    }
  }
  const ticks = powers.length > 0 ? powers : times.slice(0, 1);
  return [
    line([PLOT.left, PLOT.bottom], [PLOT.right, PLOT.bottom], COLOUR.axis),
    ...ticks.map((tick) =>
      text(x(Math.log10(tick)), PLOT.bottom + 18, duration(tick), `text-anchor="middle" fill="${COLOUR.axis}"`),
    ),
    text(
      (PLOT.left + PLOT.right) / 2,
      PLOT.bottom + 38,
      "training (logarithmic)",
      `text-anchor="middle" fill="${COLOUR.axis}"`,
    ),
  ];
}

function drawMark({ x, y, low, high, colour }: Mark): string[] {
  if (x === undefined) return [line([PLOT.left, y], [PLOT.right, y], colour, 'stroke-dasharray="5 4"')];
  const cap = (end: number): string => line([x - 5, end], [x + 5, end], colour);
  return [
    line([x, low], [x, high], colour),
    cap(low),
    cap(high),
    `<circle cx="${n(x)}" cy="${n(y)}" r="4.5" fill="${colour}"/>`,
  ];
}

/** In a column at the right, in the order of the marks, no two on top of each other. */
function labels(marks: readonly Mark[]): string[] {
  const sorted = [...marks].sort((a, b) => a.y - b.y);
  const places: number[] = [];
  for (const { y } of sorted) places.push(Math.max(y, (places.at(-1) ?? Number.NEGATIVE_INFINITY) + LINE));
  const over = Math.max(0, (places.at(-1) ?? 0) - (PLOT.bottom + 30));
  for (let i = places.length - 1, limit = Number.POSITIVE_INFINITY; over > 0 && i >= 0; i--) {
    places[i] = Math.min((places[i] as number) - (i === places.length - 1 ? over : 0), limit);
    limit = (places[i] as number) - LINE;
  }
  return sorted.flatMap(({ x, y, colour, text: words }, i) => {
    const place = places[i] as number;
    return [
      line([(x ?? PLOT.right - 8) + 8, y], [PLOT.right + 20, place], "#cbd5e1"),
      text(PLOT.right + 26, place + 4, words, `fill="${colour}"`),
    ];
  });
}

const n = (value: number): string => String(Math.round(value * 10) / 10);

const line = ([x1, y1]: Span, [x2, y2]: Span, colour: string, more = ""): string =>
  `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${colour}" ${more}/>`;

function text(x: number, y: number, words: string, more: string): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<text x="${n(x)}" y="${n(y)}" ${more}>${escaped}</text>`;
}
