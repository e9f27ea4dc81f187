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

/** `90s`, `10m`, `2h` or plain seconds. */
export function seconds(text: string): number {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)\s*(s|m|h)?$/.exec(text.trim()) ?? [];
  const value = Number(amount) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
  if (value > 0) return value;
  throw new InvalidArgumentError("Expected a time such as 90s, 10m or 2h.");
}

/** Collects a repeatable option. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

/** `a,b,c` as a list; a comma inside an id is written `\,`. */
export function list(text: string): string[] {
  return text.split(/(?<!\\),/).map((part) => part.replaceAll("\\,", ","));
}

/** `film-3=5,film-17=2` as ratings by item; a comma inside an id is written `\,`. */
export function ratings(text: string): ReadonlyMap<string, number> {
  return new Map(pairs(text, "item=rating"));
}

/** A column by name, by number from 1, or `none` for "there is none". */
export function column(text: string): string | number | false {
  if (text === "none") return false;
  return /^[1-9]\d*$/.test(text) ? Number(text) : text;
}

/** `view=1,purchase=5` as values by kind of event. */
export function eventValues(text: string): Record<string, number> {
  return Object.fromEntries(pairs(text, "kind=value"));
}

/** `device=phone` as a value by name; repeated ones together. The value may hold anything. */
export function contextPair(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at <= 0) throw new InvalidArgumentError("Expected name=value, as in device=phone.");
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `zip=categorical,plot=text` as kinds by feature. */
export function kinds(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const named = list(text).map((pair): [string, string] => {
    const at = pair.lastIndexOf("=");
    if (at <= 0) throw new InvalidArgumentError("Expected feature=kind, separated by commas.");
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return { ...previous, ...Object.fromEntries(named) };
}

function pairs(text: string, form: string): [string, number][] {
  return list(text).map((pair) => {
    const at = pair.lastIndexOf("=");
    if (at <= 0) throw new InvalidArgumentError(`Expected ${form}, separated by commas.`);
    return [pair.slice(0, at), number(pair.slice(at + 1))];
  });
}
