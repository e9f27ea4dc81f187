export { importCommand } from "./alternatives.ts";
export { isPostgres, shownPlace } from "./database-place.ts";
export { Column, type ContextCells, createEvents, type Events } from "./events.ts";
export { loggedName } from "./find-column.ts";
export { IdTable } from "./id-table.ts";
export {
  type ColumnChoice,
  FORMATS,
  type FormatName,
  type Progress,
  type ReadOptions,
  ROLES,
  type Role,
} from "./options.ts";
export { STDIN } from "./pipe.ts";
export { inspect, readEvents } from "./read.ts";
export type { Inspection } from "./read-file.ts";
export type { ColumnReport, RejectedLine, RejectReport, SourceReport, Warning } from "./report.ts";
export type { GivenEvents, ReadResult } from "./result.ts";
export { shellWord } from "./shell-word.ts";
export type { Places } from "./sources.ts";
export { readTable, type TableOptions, type TextTable } from "./table.ts";
