import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { filesIn, root } from "./tree.ts";

/** Every document a reader may follow. */
export const documents: readonly string[] = [
  ...["README.md", "ARCHITECTURE.md", "AGENTS.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((name) =>
    existsSync(join(root, name)),
  ),
  ...filesIn(join(root, "docs"), (path) => path.endsWith(".md")).map((path) => `docs/${path}`),
];

export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] as string,
    code: match[2] as string,
    line: markdown.slice(0, match.index).split("\n").length,
  }));
}

/** Folders and files that a build or a user makes; documents may name them although a clone has none. */
const made = /^(dist|target|node_modules|\.penchant|native\/penchant\.node)(\/|$)/;
const rooted = /^(src|native|test|docs|bench|scripts|studio|\.ci)\//;

/** Paths that a document names in backticks (`src/cli/`, `test/{e2e,repo}`) or links to, which do not exist. */
export function missingPaths(document: string): string[] {
  const text = readFileSync(join(root, document), "utf8");
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const named = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string).filter((t) => rooted.test(t));
  const links = [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] as string)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(document), target)));
  return [...named.flatMap(expand), ...links].filter((path) => !made.test(path) && !exists(path));
}

/** `a/{b,c}.ts` → `a/b.ts`, `a/c.ts`. */
function expand(path: string): string[] {
  const [, before = "", inner, after = ""] = /^(.*?)\{([^}]+)\}(.*)$/.exec(path) ?? [];
  return inner === undefined ? [path] : inner.split(",").flatMap((part) => expand(before + part + after));
}

/** A path with a placeholder (`src/models/NAME.ts`, `src/**`) stands for its folder. */
function exists(path: string): boolean {
  const placeholder = path
    .split("/")
    .findIndex((part) => /^[A-Z]{2,}|\*|…|<.*>|\bNAME\b/.test(part) && !part.includes(".md"));
  const fixed = placeholder < 0 ? path : path.split("/").slice(0, placeholder).join("/");
  return existsSync(join(root, fixed));
}
