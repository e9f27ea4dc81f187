/** A box of a layered drawing, or the place where an edge passes a rank. */
export interface Cell {
  readonly rank: number;
  readonly width: number;
  /** Index of the box; undefined where an edge passes. */
  readonly box: number | undefined;
  readonly below: Cell[];
  readonly above: Cell[];
  /** Position within the rank. */
  order: number;
  /** Centre. */
  x: number;
}

/** Cells one above the other that share an x, so that chains of layers and long edges run straight. */
interface Block {
  x: number;
  readonly cells: Cell[];
}

/** Two blocks that are neighbours in some rank: right.x - left.x must be at least `distance`. */
interface Constraint {
  readonly left: Block;
  readonly right: Block;
  readonly distance: number;
}

const ROUNDS = 300;
const PUSHES = 6;

/**
 * Gives every cell its x: blocks are drawn towards the middle of their neighbours and pushed apart where they touch, in
 * turns (as in position-based dynamics); a last pass from left to right makes every distance hold exactly.
 */
export function place(rows: readonly (readonly Cell[])[], gap: number): void {
  const blocks = blocksOf(rows);
  const constraints = constraintsOf(rows, blocks, gap);
  settle(constraints);
  const all = [...new Set(blocks.values())];
  for (let round = 0; round < ROUNDS; round++) {
    for (const block of all) block.x += (wish(block, blocks) - block.x) / 2;
    for (let push = 0; push < PUSHES; push++) for (const constraint of constraints) separate(constraint);
  }
  settle(constraints);
  for (const [cell, block] of blocks) cell.x = block.x;
}

/** Joins cells whose link is the only one on both sides, unless it crosses a link already straight. */
function blocksOf(rows: readonly (readonly Cell[])[]): Map<Cell, Block> {
  const blocks = new Map<Cell, Block>();
  for (const row of rows) {
    let rightmost = -1;
    for (const cell of row) {
      const [lower] = cell.below;
      const joins = lower && cell.below.length === 1 && lower.above.length === 1 && lower.order > rightmost;
      if (lower && joins) rightmost = lower.order;
      const block = lower && joins ? (blocks.get(lower) as Block) : { x: 0, cells: [] };
      block.cells.push(cell);
      blocks.set(cell, block);
    }
  }
  return blocks;
}

/** Sorted so that a block's constraints on its left side come before those on its right. */
function constraintsOf(
  rows: readonly (readonly Cell[])[],
  blocks: ReadonlyMap<Cell, Block>,
  gap: number,
): Constraint[] {
  const constraints: Constraint[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) {
      const before = row[i - 1];
      if (!before) continue;
      const [left, right] = [blocks.get(before) as Block, blocks.get(cell) as Block];
      constraints.push({ left, right, distance: (before.width + cell.width) / 2 + gap });
    }
  }
  const depths = new Map<Block, number>();
  const depth = (block: Block): number => {
    const known = depths.get(block);
    if (known !== undefined) return known;
    const value = Math.max(0, ...constraints.filter(({ right }) => right === block).map(({ left }) => depth(left) + 1));
    depths.set(block, value);
    return value;
  };
  return constraints.toSorted((a, b) => depth(a.right) - depth(b.right));
}

/** Mean position of what the block is linked to; where it is linked to nothing else, where it is. */
function wish(block: Block, blocks: ReadonlyMap<Cell, Block>): number {
  const linked = block.cells
    .flatMap((cell) => [...cell.below, ...cell.above])
    .map((cell) => blocks.get(cell) as Block)
    .filter((other) => other !== block);
  return mean(linked.map(({ x }) => x)) ?? block.x;
}

function separate({ left, right, distance }: Constraint): void {
  const missing = distance - (right.x - left.x);
  if (missing <= 0) return;
  left.x -= missing / 2;
  right.x += missing / 2;
}

function settle(constraints: readonly Constraint[]): void {
  for (const { left, right, distance } of constraints) right.x = Math.max(right.x, left.x + distance);
}

export const mean = (values: readonly number[]): number | undefined =>
  values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : undefined;
