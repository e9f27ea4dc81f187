import { InvalidArgumentError } from "commander";
import { nearest } from "../core/nearest.ts";

/** What cannot well be typed in a shell has a name. */
const DELIMITERS: Readonly<Record<string, string>> = {
  tab: "\t",
  "\\t": "\t",
  comma: ",",
  semicolon: ";",
  pipe: "|",
  bar: "|",
  space: " ",
  colon: ":",
  colons: "::",
};

/** A delimiter by name (`tab`, `comma` …), as an escape (`\t`), or as it is. Letters alone are a mistyped name. */
export function delimiter(text: string): string {
  const name = text.toLowerCase().replace(/^(.{2,})s$/, "$1");
  const named = DELIMITERS[text.toLowerCase()] ?? DELIMITERS[name.replaceAll("-", "")];
  if (named !== undefined) return named;
  if (!/^[a-z]{2,}$/i.test(text)) return text;
  const close = nearest(text, Object.keys(DELIMITERS));
  throw new InvalidArgumentError(
    `Expected tab, comma, semicolon, pipe, space, or the characters themselves.${close ? `\n(Did you mean ${close}?)` : ""}`,
  );
}
