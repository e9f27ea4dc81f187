/** Parts of a moment as they stand in a text; missing ones are undefined. */
export interface Moment {
  readonly year?: string | undefined;
  /** A number, or an English name. */
  readonly month?: string | undefined;
  readonly day?: string | undefined;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
  /** Digits behind the point of the seconds. */
  readonly fraction?: string | undefined;
  /** AM or PM, in any case. */
  readonly half?: string | undefined;
  /** `Z`, `UTC`, `CEST`, `+02`, `+0200`, `GMT+02:00`; UTC where there is none. */
  readonly zone?: string | undefined;
}

/** Unix seconds of a moment in the proleptic Gregorian calendar; NaN for a day or an hour that does not exist. */
export function secondsOf({
  year = "",
  month = "1",
  day = "1",
  hour,
  minute,
  second,
  fraction,
  half,
  zone,
}: Moment): number {
  const written = Number(year);
  const full = year.length === 2 ? centuryOf(written) + written : written;
  const days = daysOf(full, monthNumber(month), Number(day));
  if (hour === undefined) return days * 86400;
  const clock = clockOf(
    half === undefined ? Number(hour) : halfDay(Number(hour), half),
    Number(minute ?? 0),
    Number(second ?? 0),
  );
  const part = fraction === undefined ? 0 : Number(`0.${fraction}`);
  return days * 86400 + clock + part - (zone === undefined ? 0 : offsetOf(zone));
}

/** Seconds since midnight; NaN where there is no such time. A leap second is the second after it. */
function clockOf(hour: number, minute: number, second: number): number {
  return hour < 24 && minute < 60 && second <= 60 ? 3600 * hour + 60 * minute + second : Number.NaN;
}

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01; NaN where there is no such day. Years begin in March here, so that leap days come last. */
function daysOf(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = (LENGTHS[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
  if (!(day >= 1 && day <= length)) return Number.NaN;
  const shifted = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return 365 * shifted + leaps + Math.floor((153 * months + 2) / 5) + day - 1 - 719468;
}

/** Two digits mean 1970 to 2069. */
function centuryOf(year: number): number {
  return year >= 70 ? 1900 : 2000;
}

function halfDay(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

/** Hours east of UTC of the zones that people's tools write by name (those of RFC 2822, and Europe's); others are refused. */
const ZONES: Readonly<Record<string, number>> = {
  ...{ Z: 0, UTC: 0, GMT: 0, UT: 0, WET: 0, EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
  ...{ BST: 1, WEST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3, MSK: 3, IST: 5.5, JST: 9 },
};

/** Seconds east of UTC; NaN for a name that is not known. */
function offsetOf(zone: string): number {
  const parts = /([+-])(\d{1,2}):?(\d{2})?/.exec(zone);
  if (!parts) return 3600 * (ZONES[zone.toUpperCase()] ?? Number.NaN);
  const [, sign, hours, minutes = "0"] = parts;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** 11 for `11`, `Nov` and `November`. */
function monthNumber(month: string): number {
  return month < ":" ? Number(month) : MONTHS.indexOf(month.slice(0, 3).toLowerCase()) + 1;
}
