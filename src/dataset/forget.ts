import type { SourceReport } from "../ingest/index.ts";
import type { Csr } from "./csr.ts";
import type { Dataset } from "./dataset.ts";
import { pickFeatures } from "./features.ts";
import { Interactions } from "./interactions.ts";
import { policyOf, reportOf } from "./report.ts";
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
  const without = (part: Interactions) => new Interactions(users, part.items, withoutRow(part.byUser, index));
  const rest = without(interactions);
  const kept = features?.users && pickFeatures(features.users, others(interactions.users.size, index));
  return {
    interactions: rest,
    ...(features && { features: { ...features, ...(kept && { users: kept }) } }),
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
    }),
  };
}

function* others(size: Vocabulary["size"], index: number): Generator<number> {
  for (let other = 0; other < size; other++) if (other !== index) yield other;
}

/** A matrix without one of its rows. */
export function withoutRow({ offsets, items, values, times, order }: Csr, row: number): Csr {
  const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
  const cut = <T extends Int32Array | Float32Array | Float64Array>(all: T): T => {
    const rest = new (all.constructor as new (length: number) => T)(all.length - (to - from));
    rest.set(all.subarray(0, from));
    rest.set(all.subarray(to), from);
    return rest;
  };
  const starts = offsets.filter((_, at) => at !== row + 1);
  return {
    offsets: starts.map((start, at) => (at > row ? start - (to - from) : start)),
    items: cut(items),
    ...(values && { values: cut(values) }),
    ...(times && { times: cut(times) }),
    ...(order && { order: cut(order) }),
  };
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
