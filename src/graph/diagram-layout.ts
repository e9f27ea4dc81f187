/**
 * A layered drawing of a small directed acyclic graph, after Sugiyama, Tagawa & Toda, "Methods for Visual Understanding of
 * Hierarchical System Structures", IEEE SMC 1981: ranks by longest path, order within a rank by barycentres, then positions
 * (`diagram-place.ts`). Deterministic. Ranks grow upwards: rank 0 has the smallest y of a plane whose y axis points up.
 */

import { type Cell, mean, place } from "./diagram-place.ts";

export interface Box {
  readonly width: number;
  readonly height: number;
  /** Boxes that this one depends on: indices of earlier boxes. */
  readonly inputs: readonly number[];
  /** Whether it belongs on rank 0 rather than close to its users. */
  readonly isSource: boolean;
}

export interface Spacing {
  /** Between neighbours of a rank. */
  readonly column: number;
  /** Between ranks; edges change sides here and nowhere else. */
  readonly row: number;
}

/** Centres of the boxes, and for each edge the corridors that it passes: vertical lines across one rank each. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly centres: readonly { readonly x: number; readonly y: number }[];
  readonly edges: readonly Edge[];
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** From the source's rank to the target's, both included. */
  readonly corridors: readonly Corridor[];
}

export interface Corridor {
  readonly x: number;
  readonly bottom: number;
  readonly top: number;
}

export function layOut(boxes: readonly Box[], spacing: Spacing): Layout {
  const ranks = ranksOf(boxes);
  const cells = boxes.map((box, i) => cell(ranks[i] ?? 0, box.width, i));
  const chains = boxes.flatMap(({ inputs }, to) => inputs.map((from) => chain(cells, from, to)));
  const rows = rowsOf(cells, Math.max(...ranks) + 1);
  reduceCrossings(rows);
  place(rows, spacing.column);
  const left = Math.min(...rows.flat().map(({ x, width }) => x - width / 2));
  const right = Math.max(...rows.flat().map(({ x, width }) => x + width / 2));
  const bands = bandsOf(boxes, ranks, spacing.row);
  const corridor = ({ x, rank }: Cell): Corridor => ({ x: x - left, ...(bands[rank] as (typeof bands)[number]) });
  return {
    width: right - left,
    height: bands.at(-1)?.top ?? 0,
    centres: cells.map(corridor).map(({ x, bottom, top }) => ({ x, y: (bottom + top) / 2 })),
    edges: chains.map((path) => ({
      from: path[0]?.box as number,
      to: path.at(-1)?.box as number,
      corridors: path.map(corridor),
    })),
  };
}

/** Longest path from the sources; other boxes without inputs come right below the first that uses them. */
function ranksOf(boxes: readonly Box[]): number[] {
  const ranks: number[] = [];
  for (const { inputs } of boxes) ranks.push(Math.max(-1, ...inputs.map((input) => ranks[input] ?? 0)) + 1);
  for (const [i, box] of boxes.entries()) {
    if (box.isSource || box.inputs.length > 0) continue;
    const users = boxes.flatMap(({ inputs }, user) => (inputs.includes(i) ? [ranks[user] ?? 0] : []));
    if (users.length > 0) ranks[i] = Math.max(0, Math.min(...users) - 1);
  }
  return ranks;
}

const cell = (rank: number, width: number, box?: number): Cell => ({
  rank,
  width,
  box,
  below: [],
  above: [],
  order: 0,
  x: 0,
});

/** The cells of an edge, one per rank, linked. */
function chain(cells: readonly Cell[], from: number, to: number): Cell[] {
  const [start, end] = [cells[from] as Cell, cells[to] as Cell];
  const between = Array.from({ length: end.rank - start.rank - 1 }, (_, i) => cell(start.rank + 1 + i, 0));
  const path = [start, ...between, end];
  for (const [i, upper] of path.entries()) {
    const lower = path[i - 1];
    if (!lower) continue;
    lower.above.push(upper);
    upper.below.push(lower);
  }
  return path;
}

/** The ranks, each in the order of a walk from the outputs down, so that branches start side by side. */
function rowsOf(cells: readonly Cell[], count: number): Cell[][] {
  const rows = Array.from({ length: count }, (): Cell[] => []);
  const seen = new Set<Cell>();
  const visit = (one: Cell): void => {
    if (seen.has(one)) return;
    seen.add(one);
    for (const lower of one.below) visit(lower);
    rows[one.rank]?.push(one);
  };
  for (const one of cells) if (one.above.length === 0) visit(one);
  for (const row of rows) renumber(row);
  return rows;
}

const SWEEPS = 24;

/** Orders every rank by the mean position of its neighbours, up and down in turns, and keeps the best order seen. */
function reduceCrossings(rows: Cell[][]): void {
  let best = rows.map((row) => [...row]);
  let fewest = crossings(rows);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const upwards = sweep % 2 === 0;
    for (const row of upwards ? rows.slice(1) : rows.slice(0, -1).reverse()) {
      const keys = new Map(row.map((one) => [one, mean((upwards ? one.below : one.above).map((c) => c.order))]));
      row.sort((a, b) => (keys.get(a) ?? a.order) - (keys.get(b) ?? b.order) || a.order - b.order);
      renumber(row);
    }
    const count = crossings(rows);
    if (count < fewest) [best, fewest] = [rows.map((row) => [...row]), count];
  }
  for (const [rank, row] of best.entries()) {
    rows[rank]?.splice(0, row.length, ...row);
    renumber(row);
  }
}

function renumber(row: readonly Cell[]): void {
  for (const [order, one] of row.entries()) one.order = order;
}

function crossings(rows: readonly (readonly Cell[])[]): number {
  let count = 0;
  for (const row of rows) {
    const links = row.flatMap((lower) => lower.above.map((upper) => [lower.order, upper.order] as const));
    for (const [i, [a, b]] of links.entries()) {
      for (const [c, d] of links.slice(i + 1)) if ((a - c) * (b - d) < 0) count++;
    }
  }
  return count;
}

/** The strip of each rank: as high as its highest box. */
function bandsOf(boxes: readonly Box[], ranks: readonly number[], gap: number) {
  const bands: { bottom: number; top: number }[] = [];
  for (let rank = 0; rank <= Math.max(0, ...ranks); rank++) {
    const height = Math.max(0, ...boxes.filter((_, i) => ranks[i] === rank).map((box) => box.height));
    const bottom = bands[rank - 1] ? (bands[rank - 1]?.top ?? 0) + gap : 0;
    bands.push({ bottom, top: bottom + height });
  }
  return bands;
}
