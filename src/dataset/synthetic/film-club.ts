import { fail } from "../../core/errors.ts";
import { createEvents, type SourceReport } from "../../ingest/index.ts";
import { buildInteractions } from "../build.ts";
import type { Dataset } from "../dataset.ts";
import { reportOf } from "../report.ts";
import { Vocabulary } from "../vocabulary.ts";
import { createFilms, createMembers, type Film, type Member } from "./cast.ts";
import { type Watch, watch } from "./watching.ts";

export interface FilmClubOptions {
  /** Default 2,000. */
  readonly members: number;
  /** Default 1,000. */
  readonly films: number;
  /** About how many films are watched in all. Default 60,000. */
  readonly interactions: number;
  /** Default 1. */
  readonly seed: number;
}

export interface FilmClub {
  readonly dataset: Dataset;
  /** By item index; their ids are titles. */
  readonly films: readonly Film[];
  /** By user index; their ids are names. */
  readonly members: readonly Member[];
}

const defaults: FilmClubOptions = { members: 2000, films: 1000, interactions: 60_000, seed: 1 };

/**
 * An invented film club: members with tastes (one genre above all, which changes for a quarter of them; a decade they
 * love), films with a power-law popularity that come out over time, a few of which nobody has watched yet. Every number
 * is a function of the options. All of it is synthetic: good for demonstrations and tests, no evidence about real people.
 */
export function filmClub(options: Partial<FilmClubOptions> = {}): FilmClub {
  const settings = { ...defaults, ...options };
  check(settings);
  const films = createFilms(settings);
  const members = createMembers(settings);
  const users = Vocabulary.from(members.map(({ id }) => id));
  const items = Vocabulary.from(films.map(({ id }) => id));
  const events = createEvents({ value: true, time: true });
  for (const { member, film, rating, time } of watch(films, members, settings)) {
    events.user.push(member);
    events.item.push(film);
    events.value?.push(rating);
    events.time?.push(time);
  }
  const rows = events.user.length;
  const { interactions, duplicates } = buildInteractions(events, { users, items });
  const source = describe(settings, rows);
  return {
    dataset: { interactions, report: reportOf({ source, interactions, duplicates, policy: "last" }) },
    films,
    members,
  };
}

/** The club as a CSV file with a header, in order of time, as a log would be. */
export function filmClubCsv(options: Partial<FilmClubOptions> = {}): string {
  const settings = { ...defaults, ...options };
  check(settings);
  const films = createFilms(settings);
  const members = createMembers(settings);
  const rows: Watch[] = [...watch(films, members, settings)];
  rows.sort((a, b) => a.time - b.time || a.member - b.member || a.film - b.film);
  const lines = rows.map(({ member, film, rating, time }) => {
    return `${members[member]?.id},${films[film]?.id},${rating},${time}`;
  });
  return `member,film,rating,time\n${lines.join("\n")}\n`;
}

function check({ members, films, interactions, seed }: FilmClubOptions): void {
  for (const [name, value, least] of [
    ["members", members, 2],
    ["films", films, 10],
    ["interactions", interactions, 1],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    fail("CONFIG_VALUE", { what: name, expected: `an integer >= ${least}`, received: String(value) });
  }
  if (!Number.isSafeInteger(seed))
    fail("CONFIG_VALUE", { what: "seed", expected: "an integer", received: String(seed) });
}

function describe({ seed }: FilmClubOptions, rows: number): SourceReport {
  return {
    source: `synthetic film club, seed ${seed}`,
    format: "synthetic",
    layout: "generated, not real data",
    columns: [],
    preview: [],
    rows,
    rejected: { count: 0, reasons: {}, first: [] },
    leftOut: 0,
    unknownTimes: 0,
    warnings: [
      { code: "synthetic", message: "These data are invented; results on them say nothing about real people." },
    ],
  };
}
