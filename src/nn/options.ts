import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";

/** Where tuning looks for the value of an option. */
export type Search =
  /** From one end to the other; evenly in the logarithm where both are above 0. */
  | { readonly between: readonly [low: number, high: number] }
  /** From what is recommended for the data divided by this factor to the product with it; `least` stands for a 0. */
  | { readonly around: number; readonly least: number }
  | { readonly among: readonly (string | number | boolean)[] };

/** How one option of a model is described and checked. */
export interface OptionRule<T> {
  readonly description: string;
  /** What is accepted, in words: "an integer >= 1". */
  readonly expected: string;
  accepts(value: unknown): value is T;
  /** Absent: tuning leaves the option alone. */
  readonly search?: Search;
}
export type OptionRules<C> = { readonly [K in keyof C]-?: OptionRule<Exclude<C[K], undefined>> };

/** The same option, which tuning varies. */
export const searched = <T>(rule: OptionRule<T>, search: Search): OptionRule<T> => ({ ...rule, search });

const isInteger = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least;

export const count = (description: string, most = Number.MAX_SAFE_INTEGER): OptionRule<number> => ({
  description,
  expected: most === Number.MAX_SAFE_INTEGER ? "an integer >= 1" : `an integer from 1 to ${most}`,
  accepts: (value): value is number => isInteger(value, 1) && value <= most,
});

/** A side that can be halved until 1 is left. */
export const powerOfTwo = (description: string, most: number): OptionRule<number> => ({
  description,
  expected: `a power of two from 2 to ${most}`,
  accepts: (value): value is number => isInteger(value, 2) && value <= most && Number.isInteger(Math.log2(value)),
});

export const widths = (description: string): OptionRule<readonly number[]> => ({
  description,
  expected: "a list of integers >= 1",
  accepts: (value): value is readonly number[] => Array.isArray(value) && value.every((v) => isInteger(v, 1)),
});

/** A number in [least, most], or in [least, most) where `open`. */
export const number = (description: string, least: number, most: number, open = false): OptionRule<number> => ({
  description,
  expected: `a number in [${least}, ${most}${open ? ")" : "]"}`,
  accepts: (value): value is number =>
    typeof value === "number" && value >= least && (open ? value < most : value <= most),
});

export const flag = (description: string): OptionRule<boolean> => ({
  description,
  expected: "true or false",
  accepts: (value): value is boolean => typeof value === "boolean",
});

export const choice = <T extends string>(description: string, values: readonly T[]): OptionRule<T> => ({
  description,
  expected: `one of ${values.join(", ")}`,
  accepts: (value): value is T => (values as readonly unknown[]).includes(value),
});

/** JSON, but for the numbers that it does not know: NaN and the infinities would be null. */
function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(",")}]`;
  return JSON.stringify(value) ?? String(value);
}

/** Defaults overlaid with `given`, every key known and every value checked. Throws CONFIG_UNKNOWN, CONFIG_VALUE. */
export function configure<C extends object>(owner: string, rules: OptionRules<C>, defaults: C, given: Partial<C>): C {
  const known = Object.keys(rules);
  for (const [key, value] of Object.entries(given)) {
    const rule = rules[key as keyof C];
    if (!rule) {
      const close = nearest(key, known);
      const fix = close ? `Did you mean "${close}"?` : "Leave it out.";
      fail("CONFIG_UNKNOWN", {
        what: `${owner} has no option "${key}"`,
        expected: known.join(", ") || "no options",
        received: key,
        fix,
        details: { known },
      });
    }
    if (value !== undefined && !rule.accepts(value)) {
      fail("CONFIG_VALUE", {
        what: `${owner} cannot take this ${key}`,
        expected: rule.expected,
        received: shown(value),
      });
    }
  }
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}
