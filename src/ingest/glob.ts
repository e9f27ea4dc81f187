import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";

/** Whether a path asks for more than one file: `*`, `?`, `[abc]` or `{a,b}`. */
export const isGlob = (path: string): boolean => /[*?[\]{}]/.test(path);

/**
 * Files that a pattern names, sorted (numbers inside names by size): `*` and `?` stop at a slash, `**` is any number of
 * folders. Hidden entries have to be named. The shell does this where it is not quoted.
 */
export function glob(pattern: string): string[] {
  const [head = "", ...rest] = pattern.split("/");
  const isAbsolute = pattern.startsWith("/");
  return inOrder(walk(isAbsolute ? "/" : "", isAbsolute ? rest : [head, ...rest]));
}

const collator = new Intl.Collator("en", { numeric: true });

/** In the order of people: part-2 before part-10. */
export function inOrder(paths: readonly string[]): string[] {
  return [...paths].sort((a, b) => collator.compare(a, b) || (a < b ? -1 : 1));
}

function walk(folder: string, [segment, ...rest]: readonly string[]): string[] {
  if (segment === undefined || segment === "") return [];
  const entries = list(folder);
  const go = (name: string, isFolder: boolean): string[] => {
    const path = join(folder, name);
    if (rest.length === 0) return isFolder ? [] : [path];
    return isFolder ? walk(path, rest) : [];
  };
  if (segment === "..") return walk(join(folder, ".."), rest);
  if (segment === ".") return walk(folder, rest);
  if (segment === "**") {
    const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    return [...walk(folder, rest), ...below.flatMap(({ name }) => walk(join(folder, name), [segment, ...rest]))];
  }
  const matches = matcher(segment);
  return entries.flatMap((entry) => (matches(entry.name) ? go(entry.name, entry.isDirectory()) : []));
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder || ".", { withFileTypes: true });
  } catch {
    return []; // no folder, or none that may be read: nothing there matches
  }
}

function matcher(segment: string): (name: string) => boolean {
  const source = segment.replace(/\[!?[^\]]+\]|[*?{},]|[.+^$()|\\[\]]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part === "{") return "(?:";
    if (part === "}") return ")";
    if (part === ",") return segment.includes("{") ? "|" : ",";
    if (part.length > 1) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return `\\${part}`;
  });
  const whole = safe(`^(?:${source})$`);
  return (name) => (whole?.test(name) ?? name === segment) && (segment.startsWith(".") || !name.startsWith("."));
}

/** A pattern that is none (an open brace) is a plain name. */
function safe(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "u");
  } catch {
    return undefined;
  }
}
