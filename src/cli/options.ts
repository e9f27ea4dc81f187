import { InvalidArgumentError } from "commander";

/** Parses an option's argument as an integer in [least, most]; anything else is wrong usage. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `between ${least} and ${most}`;
    throw new InvalidArgumentError(`Expected an integer ${range}.`);
  };
}

/** Any number, NaN and Infinity included: the library says what it accepts. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && (!Number.isNaN(value) || text === "NaN")) return value;
  throw new InvalidArgumentError("Expected a number.");
}

/** Collects a repeatable option. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

/** `a,b,c` as a list; a comma inside an id is written `\,`. */
export function list(text: string): string[] {
  return text.split(/(?<!\\),/).map((part) => part.replaceAll("\\,", ","));
}
