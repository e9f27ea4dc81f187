import type { SourceReport } from "../ingest/index.ts";
import { withoutContext } from "./context.ts";
import type { Dataset } from "./dataset.ts";
import { withoutEvents } from "./event-rows.ts";
import { pickFeatures } from "./features.ts";
import { Interactions } from "./interactions.ts";
import { policyOf, reportOf } from "./report.ts";
import { withoutRow } from "./timed.ts";
import type { Vocabulary } from "./vocabulary.ts";

/**
 * A data set without one of its users: their interactions, their id, and what the report shows of their rows. The other users
 * keep their order, all items stay. The data set itself where it holds nothing of the user.
 */
export function withoutUser(dataset: Dataset, userId: string): Dataset {
  const { interactions, given, features, report } = dataset;
  const index = interactions.users.index(userId);
  const source = withoutTraces(report.source, userId);
  if (index === undefined) {
    return JSON.stringify(source) === JSON.stringify(report.source)
      ? dataset
      : { ...dataset, report: { ...report, source } };
  }
  const users = interactions.users.pick(others(interactions.users.size, index));
  const without = (part: Interactions) =>
    new Interactions(
      users,
      part.items,
      withoutRow(part.byUser, index),
      part.recorded && withoutEvents(part.recorded, index),
    );
  const rest = without(interactions);
  const parts = [interactions, ...(given ? [given.test, ...(given.validation ? [given.validation] : [])] : [])];
  const context = features?.context && withoutContext(features.context, parts, index);
  const kept = features?.users && pickFeatures(features.users, others(interactions.users.size, index));
  return {
    interactions: rest,
    ...(features && { features: { ...features, ...(kept && { users: kept }), ...(context && { context }) } }),
    given: given && {
      validation: given.validation && without(given.validation),
      test: without(given.test),
      candidates: given.candidates && withoutRow(given.candidates, index),
    },
    report: reportOf({
      source,
      interactions: rest,
      duplicates: report.duplicates.count,
      policy: policyOf(report),
      given: report.given,
      context,
    }),
  };
}

function* others(size: Vocabulary["size"], index: number): Generator<number> {
  for (let other = 0; other < size; other++) if (other !== index) yield other;
}

/** The report on a source without the rows that it shows of the user, and without their id in any text. */
function withoutTraces(source: SourceReport, userId: string): SourceReport {
  const clean = <T>(value: T): T => JSON.parse(JSON.stringify(value), (_, each) => masked(each, userId)) as T;
  return { ...clean(source), preview: source.preview.filter((row) => !row.includes(userId)).map(clean) };
}

function masked(value: unknown, userId: string): unknown {
  return typeof value === "string" && userId !== "" ? value.replace(asWord(userId), "(forgotten)") : value;
}

/** Every place where the id stands as a word of its own. */
export function asWord(id: string): RegExp {
  const literal = id.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, "gu");
}
