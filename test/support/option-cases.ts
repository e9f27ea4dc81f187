/** Values that an option takes and refuses, from what it says of itself: lowest, highest, just outside, and of other types. */
export interface OptionCases {
  readonly inside: readonly unknown[];
  readonly outside: readonly unknown[];
}

/** Cases of the words that option rules use. Throws for words without cases, so that new ones get some. */
export function casesOf(expected: string): OptionCases {
  const [, from, to, end] = /^a number in \[(\S+), (\S+)([\])])$/.exec(expected) ?? [];
  if (from !== undefined) return numbers(Number(from), Number(to), end === ")");
  const [, least, most] = /^an integer (?:>= |from )(\d+)(?: to (\d+))?$/.exec(expected) ?? [];
  if (least !== undefined) return integers(Number(least), Number(most ?? Number.MAX_SAFE_INTEGER));
  const [, highest] = /^a power of two from 2 to (\d+)$/.exec(expected) ?? [];
  if (highest !== undefined) return powersOfTwo(Number(highest));
  const [, values] = /^one of (.+)$/.exec(expected) ?? [];
  if (values !== undefined) return choices(values.split(", "));
  const cases = fixed[expected];
  if (cases) return cases;
  throw new Error(`No cases for "${expected}": add them to test/support/option-cases.ts`);
}

const neverNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", null, true, [1], {}];

/** The nearest numbers below and above. */
const below = (x: number): number => (x === 0 ? -Number.MIN_VALUE : x - Math.abs(x) * 2 ** (x < 0 ? -52 : -53));
const above = (x: number): number => -below(-x);

function numbers(least: number, most: number, open: boolean): OptionCases {
  const highest = open ? below(most) : most;
  return {
    inside: [least, above(least), (least + most) / 2, highest],
    outside: [below(least), least - 1, open ? most : above(most), most + 1, ...neverNumbers],
  };
}

function integers(least: number, most: number): OptionCases {
  return { inside: [least, least + 1, most], outside: [least - 1, -1, most + 1, least + 0.5, ...neverNumbers] };
}

function powersOfTwo(most: number): OptionCases {
  return { inside: [2, 4, most], outside: [0, 1, 3, 6, most - 1, 2 * most, -2, 2.5, 0.5, ...neverNumbers] };
}

function choices(values: readonly string[]): OptionCases {
  const [first = ""] = values;
  return {
    inside: values,
    outside: ["", `${first} `, first.toUpperCase(), `${first},${first}`, 0, null, true, [first]],
  };
}

const fixed: Readonly<Record<string, OptionCases>> = {
  "true or false": { inside: [true, false], outside: [0, 1, "true", "", null, []] },
  "a number > 0": { inside: [Number.MIN_VALUE, 1, Number.MAX_VALUE], outside: [0, -1, ...neverNumbers] },
  "a number >= 0": { inside: [0, Number.MIN_VALUE, Number.MAX_VALUE], outside: [below(0), -1, ...neverNumbers] },
  "a list of integers >= 1": {
    inside: [[], [1], [64, 32, 16]],
    outside: [[0], [8, 0], [-1], [1.5], [Number.NaN], ["8"], [[1]], "8", 8, null, { length: 1 }],
  },
  "full, given or sampled-N": {
    inside: ["full", "given", "sampled-1", "sampled-999999999"],
    outside: [
      "",
      "sampled",
      "sampled-",
      "sampled-0",
      "sampled-01",
      "sampled-1e3",
      "sampled-9999999999",
      "Full",
      "full ",
      99,
    ],
  },
  "names separated by commas, or none": {
    inside: ["none", "device", "device,hour"],
    outside: ["", 0, null, true, ["device"]],
  },
  "a metric such as ndcg@10 or rmse": {
    inside: ["ndcg@10", "hr@1", "recall@999999", "auc", "rmse", "mae", "ndcg-linear@10", "ndcg-exponential@5"],
    outside: ["", 10, null],
  },
  'a rule such as ">=4" or "3..5"': { inside: [">=4", "<2.5", "1..5"], outside: ["", 4, null, [">=4"]] },
};
