const prefixes = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e4, "k"],
] as const;

/** Three significant digits with a prefix: (1234567, "B/s") → "1.23 MB/s", (122000, " rows") → "122 k rows", (512) → "512". */
export function quantity(value: number, unit = ""): string {
  const [least, prefix] = prefixes.find(([least]) => value >= least) ?? [1, ""];
  const scale = prefix === "k" ? 1e3 : least;
  return `${significant(value / scale)} ${prefix}${unit}`.replace("  ", " ").trimEnd();
}

/** Three significant digits without an exponent: 0.512, 25.1, 1234. */
export function significant(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export const times = (ratio: number): string => `${significant(ratio)}x`;

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Columns under each other: the first `left` of them flush left, the others flush right. */
export function aligned(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const pad = (cell: string, i: number) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0));
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
