/**
 * Columns of features as JSON in bytes, which a store of arrays can hold. The text of a large table is longer than any string may be (2^29
 * characters), so that it is written and read piece by piece: whole lines, of which the JSON as a whole is made.
 */
import type { Cell, FeatureColumn, Features } from "../features/index.ts";

/** Characters of a piece of values, one cell more at most. */
const LONGEST = 1 << 22;

const LINE_END = 10;

/** Nothing where there are none. */
export function encodeFeatures(
  columns: readonly FeatureColumn[] | undefined,
  longest = LONGEST,
): Uint8Array | undefined {
  if (!columns) return undefined;
  const encoder = new TextEncoder();
  const lines = Array.from(linesOf(columns, longest), (line) => encoder.encode(`${line}\n`));
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length;
  }
  return bytes;
}

/** A line that opens the list, of each column one that opens it, its values, and one that ends it. */
function* linesOf(columns: readonly FeatureColumn[], longest: number): Generator<string> {
  yield "[";
  for (const [i, { values, ...about }] of columns.entries()) {
    yield `${JSON.stringify(about).slice(0, -1)},"values":[`;
    let piece = "";
    for (const [row, value] of values.entries()) {
      if (piece.length >= longest) {
        yield piece;
        piece = "";
      }
      piece += `${JSON.stringify(value)}${row + 1 < values.length ? "," : ""}`;
    }
    if (piece !== "") yield piece;
    yield i + 1 < columns.length ? "]}," : "]}";
  }
  yield "]";
}

/** The way back. */
export function decodeFeatures(sides: readonly (readonly [string, unknown])[]): Features | undefined {
  const found = sides.flatMap(([side, bytes]) =>
    bytes instanceof Uint8Array ? [[side, columnsOf(bytes)] as const] : [],
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function columnsOf(bytes: Uint8Array): readonly FeatureColumn[] {
  // older data sets have it all in one line
  if (bytes[1] !== LINE_END) return JSON.parse(new TextDecoder().decode(bytes)) as readonly FeatureColumn[];
  const columns: FeatureColumn[] = [];
  let [about, values]: [string, Cell[]] = ["", []];
  for (const line of textLines(bytes)) {
    if (line === "[" || line === "]") continue;
    if (line.startsWith("{")) [about, values] = [line, []];
    else if (line.startsWith("]}")) columns.push({ ...(JSON.parse(`${about}]}`) as FeatureColumn), values });
    else for (const value of JSON.parse(`[${line.replace(/,$/, "")}]`) as Cell[]) values.push(value);
  }
  return columns;
}

/** JSON has no line ends of its own: those in texts are escaped. */
function* textLines(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  let from = 0;
  for (let to = bytes.indexOf(LINE_END); to >= 0; to = bytes.indexOf(LINE_END, from)) {
    yield decoder.decode(bytes.subarray(from, to));
    from = to + 1;
  }
}
