import { fail } from "../core/errors.ts";
import type { Features } from "../features/index.ts";
import {
  type GivenEvents,
  type Places,
  type ReadOptions,
  type ReadResult,
  type RejectReport,
  readEvents,
} from "../ingest/index.ts";
import { buildInteractions, type DuplicatePolicy } from "./build.ts";
import { contextColumns } from "./context.ts";
import type { Interactions } from "./interactions.ts";
import { type DatasetReport, reportOf } from "./report.ts";
import type { GivenParts } from "./split/given.ts";
import { Vocabulary } from "./vocabulary.ts";

export interface ImportOptions extends ReadOptions {
  /** What becomes of several rows for one user and item. Default `last`. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /** How columns of `context` are read, by name. Default: as their values suggest. */
  readonly contextKinds?: Readonly<Record<string, string>> | undefined;
}

/** Interactions with the report on where they come from. */
export interface Dataset {
  /** All interactions, or the training part of a benchmark. */
  readonly interactions: Interactions;
  /** The parts that a benchmark fixes. */
  readonly given?: GivenParts | undefined;
  /** What is known of users, items and events besides. */
  readonly features?: Features | undefined;
  readonly report: DatasetReport;
}

/**
 * Reads files, a folder of parts, a pipe or a benchmark folder into a data set: see `readEvents` for formats, guesses and errors. Throws
 * DATA_TOO_SMALL as well, when there is a single user or item.
 */
export async function importDataset(places: Places, options: ImportOptions = {}): Promise<Dataset> {
  const policy = options.duplicates ?? "last";
  if (policy !== "last" && policy !== "sum") {
    fail("CONFIG_VALUE", { what: "duplicates", expected: "last or sum", received: String(policy) });
  }
  const result = await readEvents(places, options);
  options.onProgress?.({ phase: "building", rows: result.events.user.length, fraction: 0 });
  const dataset = assemble(result, policy, options.contextKinds);
  options.onProgress?.({ phase: "building", rows: dataset.interactions.size, fraction: 1 });
  return dataset;
}

/** The interactions of files. `importDataset` gives the report as well. */
export async function readInteractions(places: Places, options: ImportOptions = {}): Promise<Interactions> {
  return (await importDataset(places, options)).interactions;
}

function assemble(
  { events, given: givenEvents, report: source }: ReadResult,
  policy: DuplicatePolicy,
  kinds: ImportOptions["contextKinds"],
): Dataset {
  const context = (events.context ?? kinds) && contextColumns(events.context ?? [], kinds);
  const vocabularies = { users: Vocabulary.fromTable(events.users), items: Vocabulary.fromTable(events.items) };
  refuseSingle(source.source, vocabularies, source.rejected);
  const { interactions, duplicates } = buildInteractions(events, vocabularies, policy);
  const given = givenEvents && buildGiven(givenEvents, vocabularies, policy);
  const sizes = given && {
    validation: given.validation?.size ?? 0,
    test: given.test.size,
    candidates: given.candidates?.items.length ?? 0,
  };
  const features = context?.length ? { features: { context } } : {};
  return {
    interactions,
    given,
    ...features,
    report: reportOf({ source, interactions, duplicates, policy, given: sizes, context }),
  };
}

type Vocabularies = Parameters<typeof buildInteractions>[1];

function buildGiven(
  { validation, test, candidates }: GivenEvents,
  ids: Vocabularies,
  policy: DuplicatePolicy,
): GivenParts {
  return {
    validation: validation && buildInteractions(validation, ids, policy).interactions,
    test: buildInteractions(test, ids, policy).interactions,
    candidates: candidates && buildInteractions(candidates, ids).interactions.byUser,
  };
}

function refuseSingle(path: string, { users, items }: Vocabularies, { count, first }: RejectReport): void {
  const [worst] = first;
  const left = count === 1 ? "one malformed line" : `${count} malformed lines`;
  const without = worst ? `; ${left} left out, the first is line ${worst.line} (${worst.reason})` : "";
  for (const [name, { size }, vocabulary] of [
    ["user", users, users],
    ["item", items, items],
  ] as const) {
    if (size > 1) continue;
    fail("DATA_TOO_SMALL", {
      what: `${path} has a single ${name} (${JSON.stringify(vocabulary.id(0))})${without}`,
      expected: `at least two ${name}s`,
      fix: `Check that the right column was taken for the ${name}; name it with --${name}.`,
      details: { rejected: count },
    });
  }
}
