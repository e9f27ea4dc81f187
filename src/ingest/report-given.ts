import type { Role } from "./options.ts";
import type { Rejects, SourceReport } from "./report.ts";

interface GivenReportParts {
  readonly source: string;
  readonly format: string;
  readonly layout: string;
  readonly columns: readonly Role[];
  readonly rows: number;
  readonly rejects: Rejects;
}

/** The report of a benchmark format, whose columns are fixed. */
export function givenReport({ source, format, layout, columns, rows, rejects }: GivenReportParts): SourceReport {
  return {
    source,
    format,
    layout,
    columns: columns.map((role, i) => {
      return { number: i + 1, name: role, role, confidence: 1, why: `the ${format} format`, examples: [] };
    }),
    preview: [],
    rows,
    rejected: rejects.report(),
    leftOut: 0,
    unknownTimes: 0,
    warnings: [],
    confidence: 1,
    alternatives: [],
  };
}
