/** A comparison as text for other programs and for documents. */
import { extname } from "node:path";
import { fail } from "../../core/errors.ts";
import type { ComparedGroup, ComparedRow, Comparison } from "../comparison.ts";
import { splitText } from "../split-choice.ts";
import { bodyOf, formatComparison, headerOf, legendOf, titleOf } from "./comparison.ts";
import { comparisonSvg } from "./comparison-svg.ts";

export type ComparisonFormat = "table" | "json" | "csv" | "markdown" | "svg";

const endings: Readonly<Record<string, ComparisonFormat>> = {
  ".json": "json",
  ".csv": "csv",
  ".md": "markdown",
  ".svg": "svg",
  ".txt": "table",
};

/** How a file is written, by the ending of its name. Throws USAGE_ARGUMENTS. */
export function formatNamed(file: string): ComparisonFormat {
  const format = endings[extname(file).toLowerCase()];
  if (format) return format;
  return fail("USAGE_ARGUMENTS", {
    what: "The ending of --output does not say how to write it",
    expected: Object.keys(endings).join(", "),
    received: JSON.stringify(file),
    fix: "Write for example --output comparison.svg, or name it: --format csv.",
  });
}

export function renderComparison(comparison: Comparison, format: ComparisonFormat): string {
  if (format === "json") return `${JSON.stringify(comparison)}\n`;
  if (format === "table") return `${formatComparison(comparison)}\n`;
  return { csv: comparisonCsv, markdown: comparisonMarkdown, svg: comparisonSvg }[format](comparison);
}

/** A row for each metric of each run, protocol and group; absent values are empty. */
export function comparisonCsv({ groups }: Comparison): string {
  const header = [
    ...["dataset", "split", "k", "run", "model", "protocol", "metric", "value", "low", "high", "seconds"],
    ...["peak_memory_bytes", "than", "difference", "difference_low", "difference_high", "p", "holm"],
    ...["benjamini_hochberg", "verdict"],
  ];
  return `${[header, ...groups.flatMap(csvRows)].map((row) => row.map(field).join(",")).join("\n")}\n`;
}

type Field = string | number | undefined;

function csvRows(group: ComparedGroup): Field[][] {
  return group.rows.flatMap((row) =>
    Object.entries(row.protocols).flatMap(([protocol, metrics]) =>
      Object.entries(metrics).map(([metric, { value, low, high }]) => [
        ...[group.dataset, splitText(group.split), group.k, row.name, row.model, protocol, metric, value, low, high],
        ...[row.seconds, row.peakMemoryBytes, ...differenceFields(group, row, { protocol, metric })],
      ]),
    ),
  );
}

function differenceFields(
  { differences }: ComparedGroup,
  { name }: ComparedRow,
  { protocol, metric }: { readonly protocol: string; readonly metric: string },
): Field[] {
  const found = differences.find((each) => each.row === name && each.protocol === protocol && each.metric === metric);
  if (!found) return new Array<Field>(8).fill(undefined);
  const { than, difference, p, holm, benjaminiHochberg, verdict } = found;
  return [than, difference.value, difference.low, difference.high, p, holm, benjaminiHochberg, verdict];
}

function field(value: Field): string {
  if (value === undefined || Number.isNaN(value)) return "";
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The tables for people, as Markdown has them. */
export function comparisonMarkdown({ groups, unmeasured }: Comparison): string {
  const parts = groups.map((group) => {
    const header = headerOf(group);
    const lines = [header, header.map((_, column) => (column === 0 ? "---" : "---:")), ...bodyOf(group)];
    const rows = lines.map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
    const legend = legendOf(group).map((line) => line.trim());
    return [`**${group.dataset}**${titleOf(group)}`, "", ...rows, ...legend.flatMap((line) => ["", line])].join("\n");
  });
  const missing = unmeasured.map(({ run, code, reason }) => `Not measured: ${run} (${code}): ${reason}`);
  return `${[...parts, ...missing].join("\n\n")}\n`;
}

const escaped = (cell: string): string => cell.replaceAll("|", "\\|").replaceAll("\n", " ");
