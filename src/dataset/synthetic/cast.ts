import { below, hash, STREAM, unit } from "../../core/random.ts";
import type { FilmClubOptions } from "./film-club.ts";
import { filmTitle, memberName } from "./names.ts";

export const GENRES = ["comedy", "crime", "documentary", "drama", "fantasy", "horror", "romance", "space"] as const;
export type Genre = (typeof GENRES)[number];
export const DECADES = [1970, 1980, 1990, 2000, 2010] as const;

export interface Film {
  /** The id: title and year, e.g. "The Glass Harbour (1987)". */
  readonly id: string;
  readonly year: number;
  readonly genre: Genre;
  /** A second, weaker one. */
  readonly secondGenre: Genre;
  /** The season of the club, from 0, in which the film becomes available. */
  readonly season: number;
  /** How often it is watched, all else equal: a power law. 0 for films that nobody has watched yet. */
  readonly popularity: number;
  /** How much better or worse than average it is rated. */
  readonly quality: number;
}

export interface Member {
  /** The id: a name. */
  readonly id: string;
  /** The favourite genre, before and after the member's taste changed (for most it did not). */
  readonly favourites: readonly [before: Genre, after: Genre];
  readonly second: Genre;
  /** The decade whose films of the favourite genre the member likes most. */
  readonly decade: number;
  /** The season in which the taste changes. */
  readonly turn: number;
  /** The season in which the member joins. */
  readonly joins: number;
  /** Share of all watching that this member does, before scaling: log-normal. */
  readonly activity: number;
  /** How kind the member's ratings are. */
  readonly kindness: number;
}

/** Seasons of the club's life. */
export const SEASONS = 4;
/** Share of films that nobody has watched, and of films that hardly anybody has. */
const [UNSEEN, RARE] = [0.01, 0.02];

/** Draws number `use` of entity `index`. Each use is independent of the others. */
export function draw(seed: number, kind: number, index: number, use: number): number {
  return hash(seed, STREAM.synthetic, kind, index, use);
}

const gauss = (seed: number, kind: number, index: number, use: number): number => {
  const radius = Math.sqrt(-2 * Math.log(1 - unit(draw(seed, kind, index, use))));
  return radius * Math.cos(2 * Math.PI * unit(draw(seed, kind, index, use + 100)));
};

const pick = <T>(list: readonly [T, ...T[]], x: number): T => list[below(x, list.length)] ?? list[0];

export function createFilms({ films: count, seed }: FilmClubOptions): Film[] {
  const place = (index: number): number => (index + 1) / count;
  return Array.from({ length: count }, (_, index) => {
    const year = pick(DECADES, draw(seed, 1, index, 0)) + below(draw(seed, 1, index, 1), 10);
    const isOld = unit(draw(seed, 1, index, 2)) < 0.6;
    const rare = place(index) > 1 - UNSEEN - RARE;
    return {
      id: `${filmTitle(index, hash(seed, STREAM.synthetic, 3))} (${year})`,
      year,
      genre: pick(GENRES, draw(seed, 1, index, 3)),
      secondGenre: pick(GENRES, draw(seed, 1, index, 4)),
      season: isOld ? 0 : below(draw(seed, 1, index, 5), SEASONS),
      popularity: place(index) > 1 - UNSEEN ? 0 : (rare ? 0.02 : 1) * (index + 3) ** -0.7,
      quality: 0.4 * gauss(seed, 1, index, 6),
    };
  });
}

export function createMembers({ members: count, seed }: FilmClubOptions): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const before = pick(GENRES, draw(seed, 2, index, 0));
    const turns = unit(draw(seed, 2, index, 1)) < 0.25;
    return {
      id: memberName(index, hash(seed, STREAM.synthetic, 4)),
      favourites: [before, turns ? pick(GENRES, draw(seed, 2, index, 2)) : before],
      second: pick(GENRES, draw(seed, 2, index, 3)),
      decade: pick(DECADES, draw(seed, 2, index, 4)),
      turn: 1 + below(draw(seed, 2, index, 5), SEASONS - 1),
      joins: below(draw(seed, 2, index, 6), SEASONS - 1),
      activity: Math.exp(0.6 * gauss(seed, 2, index, 7)),
      kindness: 0.3 * gauss(seed, 2, index, 8),
    };
  });
}
