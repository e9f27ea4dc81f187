import pc from "picocolors";
import { grouped, share } from "../format.ts";
import type { MapPoint, VectorMap } from "../mapping.ts";
import { table } from "../table.ts";
import { escaped, FONT } from "./svg.ts";

export function formatMap({
  run,
  model,
  side,
  width,
  explained,
  color,
  groups,
  points,
  neighbours,
}: VectorMap): string {
  const [x, y] = explained?.map(share) ?? [];
  const told = explained
    ? `the picture has ${x} of their variance across and ${y} upwards`
    : "in the picture (UMAP) neighbours are near; how far apart groups stand says nothing";
  const head = `${pc.bold(run)} (${model}): ${grouped(points.length)} ${side}, vectors of ${width} numbers; ${told}`;
  const label = new Map(points.map((point) => [point.id, point.label]));
  const near = neighbours.map(({ id, nearest }) => [
    label.get(id) ?? id,
    nearest.map((each) => `${label.get(each.id) ?? each.id} ${each.cosine.toFixed(2)}`).join(" · "),
  ]);
  const legend = groups.map(({ name, count }) => [name, grouped(count)]);
  return [
    head,
    ...(color === null ? [] : [table([color, side], legend)]),
    table([side === "items" ? "item" : "user", "nearest, by cosine of whole vectors"], near),
  ].join("\n\n");
}

const [SIZE, MARGIN, LEGEND, TITLE] = [720, 24, 190, 44] as const;
/** Told apart by people who see few colours, too (Okabe & Ito 2008). */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"];
const UNKNOWN = "#cbd5e1";

/** A point for each row, coloured, the first ones named where there is room, with a legend. */
export function drawMap(map: VectorMap): string {
  const { points, groups, color, run, side, explained, neighbours } = map;
  const at = scaled(points);
  const width = SIZE + (groups.length > 0 ? LEGEND : 0);
  const height = SIZE + TITLE;
  const colour = (group: number | undefined): string =>
    group === undefined ? (groups.length > 0 ? UNKNOWN : (COLOURS[0] as string)) : (COLOURS[group] as string);
  const radius = points.length > 2000 ? 2 : points.length > 300 ? 3 : 4.5;
  // What is rarely met is drawn first, below the others.
  const marks = points.map((point, i) => {
    const [x, y] = at(point);
    const near = neighbours[i]?.nearest.map(({ id }) => id).join(", ");
    const title = escaped(near ? `${point.label}; near: ${near}` : point.label);
    return `<circle cx="${n(x)}" cy="${n(y)}" r="${radius}" fill="${colour(point.group)}"><title>${title}</title></circle>`;
  });
  const [across, upwards] = explained?.map(share) ?? [];
  const how = explained ? `principal components, ${across} and ${upwards} of the variance` : "UMAP, by the cosine";
  const caption = `${side} of ${run}: ${how}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="11" role="img" aria-label="${escaped(caption)}">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" fill="#ffffff" stroke="#e2e8f0"/>`,
    `<text x="${MARGIN}" y="28" font-size="14" fill="#0f172a">${escaped(caption)}</text>`,
    `<g fill-opacity="0.75">`,
    ...marks.toReversed(),
    "</g>",
    ...labels(points.slice(0, neighbours.length), at, radius),
    ...legend(groups, color),
    "</svg>\n",
  ].join("\n");
}

type At = (point: MapPoint) => readonly [x: number, y: number];

/** Both axes in one scale, so that distances are what they are. */
function scaled(points: readonly MapPoint[]): At {
  const of = (axis: "x" | "y") => {
    const all = points.map((point) => point[axis]);
    const [least, most] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
    return { middle: (least + most) / 2, span: most - least };
  };
  const [x, y] = [of("x"), of("y")];
  const unit = (SIZE - 2 * MARGIN) / (Math.max(x.span, y.span) || 1);
  return (point) => [SIZE / 2 + (point.x - x.middle) * unit, TITLE + SIZE / 2 - (point.y - y.middle) * unit];
}

/** Names beside their points; one that would cover another is left out. */
function labels(points: readonly MapPoint[], at: At, radius: number): string[] {
  const taken: { readonly x: number; readonly y: number; readonly width: number }[] = [];
  return points.flatMap((point) => {
    const label = point.label.length > 28 ? `${point.label.slice(0, 27)}…` : point.label;
    const [px, py] = at(point);
    const width = label.length * 6.6;
    const x = Math.min(px + radius + 3, SIZE - 8 - width);
    const y = py + 4;
    if (taken.some((other) => Math.abs(other.y - y) < 13 && x < other.x + other.width && other.x < x + width))
      return [];
    taken.push({ x, y, width });
    const text = (how: string) => `<text x="${n(x)}" y="${n(y)}" ${how}>${escaped(label)}</text>`;
    // A white copy below, so that points do not cross it out.
    return text('fill="#ffffff" stroke="#ffffff" stroke-width="3"') + text('fill="#0f172a"');
  });
}

function legend(groups: VectorMap["groups"], color: string | null): string[] {
  if (groups.length === 0) return [];
  const line = (i: number) => TITLE + 40 + i * 22;
  return [
    `<text x="${SIZE + 8}" y="${line(-1)}" fill="#475569">${escaped(color ?? "")}</text>`,
    ...groups.map(
      ({ name, count }, i) =>
        `<circle cx="${SIZE + 14}" cy="${line(i) - 4}" r="5" fill="${COLOURS[i]}"/><text x="${SIZE + 26}" y="${line(i)}" fill="#0f172a">${escaped(name.slice(0, 22))} <tspan fill="#94a3b8">${grouped(count)}</tspan></text>`,
    ),
  ];
}

const n = (value: number): string => String(Math.round(value * 10) / 10);
