/** A table of a document: the first `left` columns of words, the others of numbers. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  return [
    markdownLine(heads),
    markdownLine(heads.map((_, i) => (i < left ? "---" : "--:"))),
    ...rows.map(markdownLine),
  ].join("\n");
}

export const markdownLine = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
