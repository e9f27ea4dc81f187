import Table from "cli-table3";
import pc from "picocolors";

export type Cell = string | number;

const rule = { mid: "─", "left-mid": "", "mid-mid": "──", "right-mid": "", middle: "  ", left: "", right: "" };
const noFrame = { top: "", "top-mid": "", "top-left": "", "top-right": "" };
const noFoot = { bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" };

/** A plain table: bold header, one rule under it, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const view = new Table({
    head: header.map((text) => pc.bold(text)),
    colAligns: header.map((_, column) => (isNumeric(rows, column) ? "right" : "left")),
    chars: { ...rule, ...noFrame, ...noFoot },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  view.push(...rows.map((row) => row.map(String)));
  const lines = view
    .toString()
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** Columns whose cells start like a number are aligned to the right. */
function isNumeric(rows: readonly (readonly Cell[])[], column: number): boolean {
  return rows.length > 0 && rows.every((row) => /^([-+.\d–—]|$)/.test(String(row[column] ?? "")));
}

/** `key  value` lines with aligned values. */
export function facts(pairs: readonly (readonly [string, Cell])[]): string {
  const longest = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${pc.dim(name.padEnd(longest))}  ${value}`).join("\n");
}
