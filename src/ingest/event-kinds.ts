import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { ReadOptions } from "./options.ts";
import type { SourceReport, Warning } from "./report.ts";
import type { RoleGuesses } from "./roles.ts";
import { KINDS } from "./writer.ts";

/** Throws DATA_COLUMN where kinds of events shall have values and no column holds any. */
export function requireEvents(name: string, roles: RoleGuesses, { eventValues }: ReadOptions): void {
  if (eventValues === undefined || roles.event !== undefined) return;
  fail("DATA_COLUMN", {
    what: `No column of ${name} holds kinds of events, which the values of events need`,
    fix: "Name it with --event COLUMN, or leave --event-values out.",
  });
}

/**
 * Kinds that were asked for and do not occur: a slip, where one that nobody asked for is called nearly the same (DATA_EVENT),
 * otherwise a warning.
 */
export function checkKinds(report: SourceReport, { eventValues = {} }: ReadOptions): Warning[] {
  const kinds = Object.keys(report.events ?? {});
  if (kinds.length >= KINDS) return []; // not all are counted
  const absent = Object.keys(eventValues).filter((kind) => !kinds.includes(kind));
  for (const kind of absent) {
    const close = nearest(
      kind,
      kinds.filter((other) => !(other in eventValues)),
    );
    if (close === undefined) continue;
    fail("DATA_EVENT", {
      what: `There is no event "${kind}" in ${report.source}`,
      expected: `some of ${kinds.join(", ")}`,
      fix: `Did you mean "${close}"?`,
      details: { kind, kinds },
    });
  }
  if (absent.length === 0) return [];
  const message = `No row has the event ${absent.map((kind) => `"${kind}"`).join(", ")}; there are ${kinds.join(", ")}.`;
  return [{ code: "absent-events", message }];
}
