import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fail } from "../core/errors.ts";
import { isPostgres, shownPlace } from "./database-place.ts";
import { filePart, filesAt, type Located, locate } from "./find-format.ts";
import type { Part } from "./folder-parts.ts";
import type { ReadOptions } from "./options.ts";
import { isPipe, type PipeCopies, STDIN } from "./pipe.ts";
import { expandPlace } from "./places.ts";
import type { Parts } from "./read-parts.ts";
import type { Warning } from "./report.ts";

/** One place or several: paths, patterns, folders, `-` and other pipes. */
export type Places = string | readonly string[];

/** What the places hold: a benchmark, or files. */
export type Source = Exclude<Located, { kind: "files" }> | ({ readonly kind: "files" } & Parts);

/**
 * Finds out what places are. Throws as `locate` and `expandPlace` do, and DATA_PARTS where a benchmark is named together with
 * something else.
 */
export async function findSource(
  places: Places,
  { format, query }: Pick<ReadOptions, "format" | "query">,
  pipes: PipeCopies,
): Promise<Source> {
  const given = typeof places === "string" ? [places] : places;
  const named = given.flatMap((place) =>
    place === STDIN || (isPostgres(place) && query !== undefined) ? [place] : expandPlace(place),
  );
  const paths = named.filter((path, at) => firstOf(named, path) === at);
  const warnings = namedTwice(named.filter((path, at) => firstOf(named, path) !== at));
  const [first = STDIN] = paths;
  if (paths.length === 1 && !isPipe(first) && !isPostgres(first)) {
    const found = locate(first, format);
    return found.kind === "files" ? { ...found, name: first, warnings: [...warnings, ...found.warnings] } : found;
  }
  if (format === "ncf" || format === "lightgcn") {
    fail("DATA_PARTS", { what: `The ${format} format is read from one folder`, received: paths.join(", ") });
  }
  const parts: Part[] = [];
  for (const path of paths) {
    const found = isPostgres(path)
      ? { parts: [await queryPart(path, query ?? "", pipes)], warnings: [] }
      : isPipe(path)
        ? { parts: [await pipePart(path, pipes)], warnings: [] }
        : filesAt(path);
    parts.push(...found.parts);
    warnings.push(...found.warnings);
  }
  return { kind: "files", name: nameOf(given), parts, warnings };
}

const firstOf = (paths: readonly string[], path: string): number =>
  paths.findIndex((other) => resolve(other) === resolve(path));

function namedTwice(paths: readonly string[]): Warning[] {
  if (paths.length === 0) return [];
  const message = `Named more than once, and read once: ${[...new Set(paths)].join(", ")}.`;
  return [{ code: "named-twice", message }];
}

async function pipePart(place: string, pipes: PipeCopies): Promise<Part> {
  const path = await pipes.copy(place);
  return filePart(path, place === STDIN ? "standard input" : place, statSync(path));
}

async function queryPart(place: string, query: string, pipes: PipeCopies): Promise<Part> {
  const path = await pipes.query(place, query);
  return filePart(path, shownPlace(place), statSync(path));
}

export function nameOf(places: readonly string[]): string {
  const [first = STDIN, ...others] = places.map((place) => (place === STDIN ? "standard input" : shownPlace(place)));
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
