import { secondsOf } from "./calendar.ts";

/** A way to write a moment in text. */
export interface DateForm {
  /** As on the command line. */
  readonly name: string;
  /** Unix seconds; NaN for a text of another form, or a day that does not exist. */
  readonly parse: (text: string) => number;
}

const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,:](?<fraction>\d{1,9}))?)?(?:\s*(?<half>[AaPp]\.?[Mm]\.?))?`;
const ZONE = String.raw`(?:\s*(?<zone>Z|z|(?:UTC|GMT|UT)?[+-]\d{1,2}(?::?\d{2})?(?:\s+(?:UTC|GMT))?|[A-Z]{2,4}))?(?:\s*[([][\w /+-]+[)\]])?`;
const TIME = `(?:(?:[T ]|, | at |  )\\s*${CLOCK}${ZONE})?`;
const WEEKDAY = String.raw`(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?,?\s+)?`;
const MONTH = "(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\\.?";
const DAY = String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)?`;

/** A form by a regular expression whose groups are the parts of a moment. */
function form(name: string, pattern: string): DateForm {
  const expression = new RegExp(`^\\s*${pattern}\\s*$`, "i");
  return {
    name,
    parse(text) {
      const groups = expression.exec(text)?.groups;
      return groups === undefined ? Number.NaN : secondsOf(groups);
    },
  };
}

const numeric = (name: string, first: string, second: string, year: string): DateForm =>
  form(name, `(?<${first}>\\d{1,2})(?<by>[/.-])(?<${second}>\\d{1,2})\\k<by>(?<year>${year})${TIME}`);

/**
 * Texts that begin with a year in four digits: ISO 8601, and as databases print it (`2014-08-20 18:18:16.12+00`,
 * `2014-08-20 18:18:16 +0000 UTC`), `2014/8/20`, `2014-08`, `20140820T181816Z`.
 */
export const YEAR_FIRST: DateForm = form(
  "Y-m-d",
  `(?:(?<year>\\d{4})(?:(?<by>[-/.])(?<month>\\d{1,2})(?:\\k<by>(?<day>\\d{1,2})${TIME})?))`,
);

const COMPACT: DateForm = form(
  "YmdTHMS",
  `(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})[T ](?<hour>\\d{2}):?(?<minute>\\d{2})(?::?(?<second>\\d{2})(?:[.,](?<fraction>\\d{1,9}))?)?${ZONE}`,
);

/** `Nov 27, 2012`, `November 27th, 2012 10:30 PM`, `Wed Aug 20 2014 18:18:16 GMT+0200 (CEST)`. */
const MONTH_NAME_FIRST = form("b d, Y", `${WEEKDAY}${MONTH}\\s+${DAY}(?:,\\s*|\\s+)(?<year>\\d{4}),?${TIME}`);
/** `27 Nov 2012`, `27-NOV-12`, `Wed, 20 Aug 2014 18:18:16 +0000` (RFC 2822), `20/Aug/2014:18:18:16 +0000`. */
const DAY_THEN_NAME = form(
  "d b Y",
  `${WEEKDAY}${DAY}(?:\\.?\\s+|[-/. ])${MONTH}(?:,?\\s+|[-/ ])(?<year>\\d{4}|\\d{2}),?(?:(?:[T: ]|, | at )\\s*${CLOCK}${ZONE})?`,
);
/** `Wed Aug 20 18:18:16 +0000 2014`, as by ctime. */
const YEAR_LAST = form(
  "a b d H:M:S Y",
  `${WEEKDAY}${MONTH}\\s+${DAY}\\s+${CLOCK}(?:\\s+(?<zone>[+-]\\d{4}|[A-Z]{3,4}))?\\s+(?<year>\\d{4})`,
);

export const DAY_FIRST: DateForm = numeric("d/m/Y", "day", "month", "\\d{4}|\\d{2}");
export const MONTH_FIRST: DateForm = numeric("m/d/Y", "month", "day", "\\d{4}|\\d{2}");

/** In order of preference where several read a column equally well. */
export const DATE_FORMS: readonly DateForm[] = [
  YEAR_FIRST,
  COMPACT,
  DAY_FIRST,
  MONTH_FIRST,
  MONTH_NAME_FIRST,
  DAY_THEN_NAME,
  YEAR_LAST,
];
