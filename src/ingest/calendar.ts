/** Parts of a moment as they stand in a text; missing ones are undefined. */
export interface Moment {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
  readonly fraction?: string | undefined;
  /** AM or PM, in any case. */
  readonly half?: string | undefined;
  /** `Z`, `UTC`, `CEST`, `+02`, `+0200`, `GMT+02:00`; UTC where there is none. */
  readonly zone?: string | undefined;
}

/** Unix seconds of a moment; NaN for a day or an hour that does not exist. */
export function secondsOf({ year, month, day, hour = "0", minute = "0", second = "0", ...rest }: Moment): number {
  const { fraction = "0", half, zone = "Z" } = rest;
  const at = half === undefined ? Number(hour) : halfDay(Number(hour), half);
  const full = year.length === 2 ? centuryOf(Number(year)) + Number(year) : Number(year);
  // a leap second is the second after it
  const inRange = at >= 0 && at < 24 && Number(minute) < 60 && Number(second) <= 60;
  const date = new Date(0);
  date.setUTCFullYear(full, Number(month) - 1, Number(day));
  if (!inRange || date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return Number.NaN;
  const offset = offsetOf(zone);
  return date.getTime() / 1000 + 3600 * at + 60 * Number(minute) + Number(second) + Number(`0.${fraction}`) - offset;
}

/** Two digits mean 1970 to 2069, as in POSIX but a year later. */
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

/** "11" for `Nov` and `November`; "0" for what is no English month. */
export function monthNumber(name: string): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}
