import type { Warning } from "./report.ts";
import type { EventWriter } from "./writer.ts";

/** Spellings of "nothing" that are ids only by accident. */
const NOTHING = ["null", "NULL", "None", "none", "nan", "NaN", "NA", "N/A", "undefined", "\\N"];

/** Lines that the mark of the first comments left out below them: an id may begin with it. */
export function commentWarnings(count: number): Warning[] {
  if (count === 0) return [];
  const message = `${count} lines below the first ones were left out as comments, because the file begins with comments of the same mark.`;
  return [{ code: "comments-left-out", message }];
}

/** What the writer noticed about ids and times. */
export function writerWarnings({ counts, events }: EventWriter): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string): void => void warnings.push({ code, message });
  if (counts.latinIds > 0) {
    warn("not-utf-8", `${counts.latinIds} ids are not valid UTF-8 and were read as Latin-1.`);
  }
  if (counts.paddedIds > 0) {
    warn(
      "padded-ids",
      `${counts.paddedIds} ids begin or end with a space; ids are kept as they are, so "7" and " 7" differ.`,
    );
  }
  if (counts.leftOut > 0) {
    warn("events-left-out", `${counts.leftOut} rows were left out because their kind of event was not asked for.`);
  }
  if (counts.unknownTimes > 0) {
    warn("unknown-times", `${counts.unknownTimes} rows have no time; where order matters they come before all others.`);
  }
  if (counts.unknownValues > 0) {
    warn("unknown-values", `${counts.unknownValues} rows have no value; models of ratings leave them out.`);
  }
  for (const [role, table] of [
    ["user", events.users],
    ["item", events.items],
  ] as const) {
    const found = NOTHING.filter((id) => table.findText(id) >= 0);
    if (found.length > 0)
      warn("id-of-nothing", `The ${role} id ${JSON.stringify(found[0])} looks like a missing value.`);
  }
  return warnings;
}
