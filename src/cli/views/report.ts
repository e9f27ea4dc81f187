import pc from "picocolors";
import type { DatasetReport } from "../../dataset/index.ts";
import type { DatasetSummary } from "../dataset-list.ts";
import { day, grouped } from "../format.ts";
import type { Imported } from "../importing.ts";
import { facts, table } from "../table.ts";
import { formatReports } from "./features.ts";
import { inWords } from "./words.ts";

/** What was read, how it was understood, and what to do next. */
export function formatImport({ summary, report, command }: Imported): string {
  const { dataset, dryRun } = summary;
  const next = dryRun
    ? `Nothing was written (--dry-run). To import: ${command}`
    : `Next: penchant train neumf --data ${dataset} · penchant data ${dataset} (the whole report)`;
  const parts = [
    understood(report),
    content(report),
    context(report),
    rejects(report),
    warnings(report),
    reading(report),
    next,
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** Below this somebody should look which columns were taken. */
const SURE = 0.45;

/** What the first rows were taken for, in words; where that is a guess, with the commands of the other readings. */
function reading({ source: { first = [], confidence = 1, alternatives = [] } }: DatasetReport): string {
  if (first.length === 0) return "";
  const others = alternatives.map(({ why, command }) => `  ${command}   (${why})`);
  const doubt = confidence < SURE && others.length > 0 ? ["This is a guess. To read it otherwise:", ...others] : [];
  return [`So it was read: ${first.map(inWords).join("; ")}.`, ...doubt].join("\n");
}

/** The quality report. */
export function formatReport(name: string, report: DatasetReport): string {
  const { values } = report;
  const histogram = values && `Values\n${bars(values.histogram)}`;
  const parts = [
    pc.bold(name),
    understood(report),
    content(report),
    histogram,
    context(report),
    rejects(report),
    warnings(report),
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** What else is known of each event. */
const context = ({ context: columns }: DatasetReport): string =>
  columns ? `${pc.bold("Context of events")}\n\n${formatReports(columns)}` : "";

/** Columns with the roles they were given, and the first rows. */
function understood({ source }: DatasetReport): string {
  const roles = source.columns.map(({ number, name, role, context: isContext, why, examples }) => [
    number,
    name,
    role || isContext ? pc.green([role, isContext && "context"].filter(Boolean).join(", ")) : pc.dim("not used"),
    why ?? "",
    examples.join(", "),
  ]);
  const names = source.columns.map(({ name, role }) => (role ? `${name} (${role})` : name));
  return [
    `${source.source}: ${source.layout}`,
    ...(roles.length > 0 ? ["", table(["", "column", "taken for", "why", "examples"], roles)] : []),
    ...(source.preview.length > 0 ? ["", table(names, source.preview)] : []),
  ].join("\n");
}

function content({ users, items, interactions, density, ...report }: DatasetReport): string {
  const { duplicates, perUser, perItem, values, times, ties, given, source } = report;
  const spread = ({ least, median, mean, most }: DatasetReport["perUser"]): string =>
    `${grouped(least)} to ${grouped(most)}, median ${grouped(median)}, mean ${mean.toFixed(1)}`;
  return facts([
    ["rows", grouped(source.rows)],
    ["users × items", `${grouped(users)} × ${grouped(items)}`],
    ["interactions", `${grouped(interactions)}, density ${(100 * density).toPrecision(3)} %`],
    ["per user", spread(perUser)],
    ["per item", spread(perItem)],
    ...(values
      ? [["values", `${short(values.least)} to ${short(values.most)}, mean ${values.mean.toFixed(2)}`] as const]
      : []),
    ...(times ? [["times", `${day(times.first)} to ${day(times.last)}`] as const] : []),
    ...(ties && ties.users > 0 ? [["ties", tied(ties)] as const] : []),
    ...(source.events ? [["events", kinds(source.events)] as const] : []),
    ...(report.events === undefined ? [] : [["kept in order", `${grouped(report.events)} events`] as const]),
    ...(duplicates.count > 0 ? [["duplicates", `${grouped(duplicates.count)}: ${duplicates.policy}`] as const] : []),
    ...(source.leftOut > 0 ? [["left out", `${grouped(source.leftOut)} rows of other kinds of event`] as const] : []),
    ...(given ? [["given test", `${grouped(given.test)} interactions`] as const] : []),
    ...(given && given.candidates > 0 ? [["given candidates", grouped(given.candidates)] as const] : []),
  ]);
}

/** Values are float32: 0.1 is 0.10000000149011612 there. */
const short = (value: number): string => String(Number(value.toPrecision(6)));

/** What leave-last-out does where a user's last time does not tell. */
function tied({ users, of, decidedBy }: NonNullable<DatasetReport["ties"]>): string {
  const how =
    decidedBy === "seed" ? "drawn by the seed: the file is not in order of time" : "told by the order of the file";
  return `${grouped(users)} of ${grouped(of)} users have several interactions at their last time; which is the last is ${how}`;
}

const kinds = (events: Readonly<Record<string, number>>): string =>
  Object.entries(events)
    .map(([kind, count]) => `${kind} ${grouped(count)}`)
    .join(", ");

function rejects({ source: { rejected } }: DatasetReport): string {
  if (rejected.count === 0) return "";
  const rows = rejected.first.map(({ line, file, reason, text }) => [
    file === undefined ? line : `${file}:${line}`,
    reason,
    JSON.stringify(text.slice(0, 80)),
  ]);
  return `${pc.yellow(`${grouped(rejected.count)} malformed lines left out`)}, the first:\n${table(["line", "reason", "text"], rows)}`;
}

const warnings = ({ warnings: all }: DatasetReport): string =>
  all.map(({ message }) => pc.yellow(`! ${message}`)).join("\n");

function bars(histogram: readonly { readonly label: string; readonly count: number }[]): string {
  const most = Math.max(...histogram.map(({ count }) => count));
  const width = Math.max(...histogram.map(({ label }) => label.length));
  return histogram
    .map(
      ({ label, count }) => `${label.padStart(width)}  ${"█".repeat(Math.ceil((30 * count) / most))} ${grouped(count)}`,
    )
    .join("\n");
}

export function formatDatasets(datasets: readonly DatasetSummary[]): string {
  if (datasets.length === 0) return "No data sets yet. Import one: penchant import PATH";
  const cell = (value: number | undefined): string => (value === undefined ? "–" : grouped(value));
  const rows = datasets.map(({ dataset, users, items, interactions, source, damaged }) => [
    dataset,
    cell(users),
    cell(items),
    cell(interactions),
    damaged ? `damaged (${damaged})` : (source ?? ""),
  ]);
  return table(["data set", "users", "items", "interactions", "from"], rows);
}
