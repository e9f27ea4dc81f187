import { unit } from "../../core/random.ts";
import { draw, type Film, type Genre, type Member, SEASONS } from "./cast.ts";
import type { FilmClubOptions } from "./film-club.ts";

/** One film watched and rated. */
export interface Watch {
  readonly member: number;
  readonly film: number;
  /** 1..5. */
  readonly rating: number;
  /** Unix seconds. */
  readonly time: number;
}

/** 2021-01-01, when the club opens, and the length of its life. */
const OPENING = 1609459200;
const SEASON = 182 * 86400;
const ATTEMPTS = 200;

/**
 * Who watched what and when. In each season a member draws films without repeats in proportion to popularity x taste, among
 * those out by then. Taste is a factor per genre, and a further one where favourite genre and favourite decade meet:
 * an interaction that a sum of biases cannot express.
 */
export function* watch(films: readonly Film[], members: readonly Member[], options: FilmClubOptions): Generator<Watch> {
  const total = members.reduce((sum, { activity }) => sum + activity, 0);
  const stock = stockOf(films);
  const sums = new Float64Array(films.length);
  for (const [index, member] of members.entries()) {
    const wanted = Math.max(3, Math.round((options.interactions * member.activity) / total));
    const count = Math.min(wanted, Math.floor(films.length / 3));
    const seen = new Set<number>();
    for (let season = member.joins; season < SEASONS; season++) {
      const seasons = SEASONS - member.joins;
      const place = season - member.joins;
      const share = Math.floor((count * (place + 1)) / seasons) - Math.floor((count * place) / seasons);
      accumulate(stock, member, season, sums);
      yield* watchSeason({ films, member, index, season, share, sums, seen, seed: options.seed });
    }
  }
}

/** Films as arrays: those of one kind (genre, second genre, decade) are to one member's taste alike. */
interface Stock {
  readonly kinds: readonly Film[];
  readonly kind: Uint16Array;
  /** Popularity by season: 0 before a film is out, doubled while it is new. */
  readonly popularity: readonly Float64Array[];
}

function stockOf(films: readonly Film[]): Stock {
  const numbers = new Map<string, number>();
  const kinds: Film[] = [];
  const kind = Uint16Array.from(films, (film) => {
    const key = `${film.genre} ${film.secondGenre} ${decadeOf(film)}`;
    const number = numbers.get(key) ?? kinds.push(film) - 1;
    numbers.set(key, number);
    return number;
  });
  const popularity = Array.from({ length: SEASONS }, (_, season) =>
    Float64Array.from(films, (film) => {
      if (film.season > season) return 0;
      return film.popularity * (film.season === season && season > 0 ? 2 : 1);
    }),
  );
  return { kinds, kind, popularity };
}

/** Running sums of the weights of all films for one member in one season. */
function accumulate({ kinds, kind, popularity }: Stock, member: Member, season: number, sums: Float64Array): void {
  const tastes = kinds.map((film) => taste(member, film, season));
  const popular = popularity[season] ?? new Float64Array(sums.length);
  let sum = 0;
  for (let film = 0; film < sums.length; film++) {
    sum += (popular[film] ?? 0) * (tastes[kind[film] ?? 0] ?? 0);
    sums[film] = sum;
  }
}

const decadeOf = ({ year }: Film): number => Math.floor(year / 10) * 10;

function favourite({ favourites, turn }: Member, season: number): Genre {
  return favourites[season < turn ? 0 : 1];
}

/** How much more (or less) often than average a member watches such a film. */
function taste(member: Member, film: Film, season: number): number {
  const likes = favourite(member, season);
  const isFavourite = film.genre === likes;
  const base = isFavourite ? 16 : film.genre === member.second ? 4 : film.secondGenre === likes ? 2 : 0.3;
  return base * (isFavourite && decadeOf(film) === member.decade ? 5 : 1);
}

interface SeasonTask {
  readonly films: readonly Film[];
  readonly member: Member;
  readonly index: number;
  readonly season: number;
  readonly share: number;
  readonly sums: Float64Array;
  readonly seen: Set<number>;
  readonly seed: number;
}

function* watchSeason({ films, member, index, season, share, sums, seen, seed }: SeasonTask): Generator<Watch> {
  const total = sums[sums.length - 1] ?? 0;
  for (let turn = 0; turn < share; turn++) {
    const use = season * 65536 + turn;
    const number = findUnseen(sums, seen, (attempt) => unit(draw(seed, 5 + attempt, index, use)) * total);
    const film = films[number];
    if (film === undefined) return;
    seen.add(number);
    const within = (turn + unit(draw(seed, 3, index, use))) / share;
    yield {
      member: index,
      film: number,
      rating: rate(member, film, season, unit(draw(seed, 4, index, use))),
      time: OPENING + Math.floor((season + within) * SEASON),
    };
  }
}

function findUnseen(sums: Float64Array, seen: ReadonlySet<number>, next: (attempt: number) => number): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const target = next(attempt);
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) <= target) low = middle + 1;
      else high = middle;
    }
    if (!seen.has(low)) return low;
  }
  return -1;
}

function rate(member: Member, film: Film, season: number, luck: number): number {
  const liking = Math.log(taste(member, film, season)) / 3;
  const rating = 3 + liking + film.quality + member.kindness + 1.6 * (luck - 0.5);
  return Math.min(5, Math.max(1, Math.round(rating)));
}
