import type { Buffer } from "node:buffer";
import { isNothing, parseNumber } from "./numbers.ts";

/** Reads the cells of one column of values. */
export interface ValueForm {
  /** For people; absent for plain numbers. */
  readonly name?: string;
  /** The number in `bytes[start .. end)`; undefined where nothing is written, NaN for no number, Infinity for no finite one. */
  readonly read: (bytes: Buffer, start: number, end: number) => number | undefined;
  /** What a number is divided by; only where cells are plain numbers. */
  readonly ticks?: number;
  /** Words and what they count as, where the column holds words. */
  readonly words?: Readonly<Record<string, number>>;
}

export interface ValueGuess {
  readonly form: ValueForm;
  /** Share of the non-empty cells that are numbers in this form. */
  readonly share: number;
}

const PLAIN: ValueForm = { read: parseNumber, ticks: 1 };
const PLAIN_NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const DECIMAL_COMMA = /^\s*[+-]?\d+(,\d+)?\s*$/;
const GROUPED = /^\s*[+-]?\d{1,3}(,\d{3})*(\.\d+)?\s*$/;
const GROUPED_COMMA = /^\s*[+-]?\d{1,3}([. '\u00a0]\d{3})*(,\d+)?\s*$/;
/** A number with the unit or the scale that people write beside it. */
const UNITS =
  /^\s*[$€£¥]?\s*([+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?))\s*(%|\/\s*\d+|out of \d+|stars?|points?|pts|plays?|hours?|hrs?|h|minutes?|mins?|seconds?|secs?|s|€|\$|£|★)?\s*$/i;

/** How long something took: `00:05:30`, `5:30`. */
const LASTED = /^\s*(?:(\d+):)?(\d{1,3}):(\d{2}(?:\.\d+)?)\s*$/;
/** Stars drawn, perhaps with the missing ones behind them. */
const STARS = /^\s*[★⭐*]+[☆✩]*\s*$/u;

const LIKES = [
  "like",
  "liked",
  "likes",
  "thumbs up",
  "thumbs_up",
  "thumbsup",
  "upvote",
  "up",
  "positive",
  "love",
  "👍",
];
const DISLIKES = [
  "dislike",
  "disliked",
  "dislikes",
  "thumbs down",
  "thumbs_down",
  "thumbsdown",
  "downvote",
  "down",
  "negative",
  "hate",
  "👎",
];
const WORDS: ReadonlyMap<string, number> = new Map([
  ...LIKES.map((word) => [word, 1] as const),
  ...DISLIKES.map((word) => [word, -1] as const),
  ...["true", "yes", "t", "y"].map((word) => [word, 1] as const),
  ...["false", "no", "f", "n", "neutral"].map((word) => [word, 0] as const),
]);

/** The form of a column's values, told from all of a sample: plain numbers unless another form reads more cells. */
export function guessValueForm(cells: readonly string[], delimiter = ","): ValueGuess {
  const filled = cells.filter((cell) => !isNothing(cell));
  const share = (test: (cell: string) => boolean): number => filled.filter(test).length / Math.max(1, filled.length);
  const plain = share((cell) => PLAIN_NUMBER.test(cell) || /^\s*[+-]?(nan|inf|infinity)\s*$/i.test(cell));
  let best: ValueGuess = { form: PLAIN, share: plain };
  const consider = (form: ValueForm, found: number): void => {
    if (found > best.share) best = { form, share: found };
  };
  if (filled.some((cell) => /\d[,.' \u00a0]\d/.test(cell))) {
    const comma = share((cell) => DECIMAL_COMMA.test(cell));
    const grouped = share((cell) => GROUPED.test(cell));
    // 1,234 alone says nothing: where a comma separates columns it is no decimal sign
    const isThousands = grouped > comma || (grouped === comma && delimiter !== ";");
    if (isThousands) consider(withoutGroups, grouped);
    consider(decimalComma, comma);
    consider(
      groupedComma,
      share((cell) => GROUPED_COMMA.test(cell)),
    );
  }
  if (best.share < 0.5) {
    consider(
      lasted,
      share((cell) => LASTED.test(cell)),
    );
    consider(
      drawnStars,
      share((cell) => STARS.test(cell)),
    );
    consider(
      words(filled),
      share((cell) => WORDS.has(cell.trim().toLowerCase())),
    );
    if (isOneUnit(filled))
      consider(
        withUnit,
        share((cell) => UNITS.test(cell)),
      );
  }
  return best;
}

/** One scale, and one unit in singular or plural. */
function isOneUnit(cells: readonly string[]): boolean {
  const units = cells.map((cell) => (UNITS.exec(cell)?.[2] ?? "").toLowerCase().replace(/s$/, ""));
  return new Set(units).size === 1;
}

const withoutGroups = rewritten("thousands separated by commas", (text) => text.replaceAll(",", ""));
const decimalComma = rewritten("decimal commas", (text) => text.replace(",", "."));
const groupedComma = rewritten("decimal commas, grouped thousands", (text) =>
  text
    .trim()
    .replace(/[. '\u00a0]/g, "")
    .replace(",", "."),
);
const withUnit = rewritten("numbers with a unit", (text) => {
  const number = UNITS.exec(text)?.[1] ?? text;
  return /,\d{3}(\D|$)/.test(number) ? number.replaceAll(",", "") : number.replace(",", ".");
});

const lasted = rewritten("seconds, from hours, minutes and seconds", (text) => {
  const [, hours = "0", minutes = "0", seconds = "0"] = LASTED.exec(text) ?? [];
  return LASTED.test(text) ? String(3600 * Number(hours) + 60 * Number(minutes) + Number(seconds)) : text;
});
const drawnStars = rewritten("stars drawn", (text) => String(text.replace(/[^★⭐*]/gu, "").length));

/** Plain numbers after a change of their text. */
function rewritten(name: string, change: (text: string) => string): ValueForm {
  return {
    name,
    read(bytes, start, end) {
      const text = bytes.toString("utf8", start, end);
      if (isNothing(text)) return undefined;
      const plain = change(text);
      return PLAIN_NUMBER.test(plain) ? Number(plain) : Number.NaN;
    },
  };
}

function words(cells: readonly string[]): ValueForm {
  const meanings: Record<string, number> = {};
  for (const cell of cells) {
    const value = WORDS.get(cell.trim().toLowerCase());
    if (value !== undefined) meanings[cell.trim()] = value;
  }
  const name = Object.entries(meanings).map(([word, value]) => `${word} = ${value}`);
  return {
    name: name.join(", "),
    words: meanings,
    read(bytes, start, end) {
      const text = bytes.toString("utf8", start, end).trim();
      return isNothing(text) ? undefined : (WORDS.get(text.toLowerCase()) ?? Number.NaN);
    },
  };
}
