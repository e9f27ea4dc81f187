import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { filesIn, isProductSource } from "./tree.ts";

/** Stage of each folder of src/. A file may import its own folder and folders of a lower stage, nothing else. */
export const stages: Readonly<Record<string, number>> = {
  core: 0,
  graph: 1,
  files: 1,
  ingest: 1,
  features: 1,
  rerank: 1,
  store: 2,
  nn: 2,
  engine: 2,
  dataset: 2,
  models: 3,
  evaluate: 3,
  artifact: 3,
  export: 3,
  train: 4,
  retrieve: 4,
  pipeline: 5,
  tune: 5,
  reproduce: 6,
  workflow: 6,
  serve: 6,
  client: 7,
  cli: 7,
};

/** Pairs that the stages would allow but the design does not: what runs in production knows nothing of training. */
export const forbidden: readonly (readonly [from: string, to: string])[] = [
  ["serve", "train"],
  ["serve", "models"],
  ["serve", "dataset"],
  ["serve", "evaluate"],
  ["serve", "reproduce"],
  ["evaluate", "engine"],
  ["train", "models"],
];

/** Folders that also run in a browser: no Node module. */
export const browserSafe = ["client", "core", "graph", "features", "nn", "models", "evaluate"] as const;

/** What a module refers to: static, re-exported, side-effect and dynamic imports, type imports, and module URLs. */
export function specifiers(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
  const forms = [
    /\bfrom\s+["']([^"']+)["']/g,
    /\bimport\s*["']([^"']+)["']/g,
    /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g,
    /\bnew\s+URL\(\s*["'`]([^"'`]+)["'`]\s*,\s*import\.meta\.url/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] as string));
}

/** Every import below `src` that the rules do not allow, as a sentence. Files directly in src/ are the public doors. */
export function violations(src: string, packages: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const file of filesIn(src, isProductSource)) {
    const [from = ""] = file.split("/");
    const isDoor = !file.includes("/");
    if (!isDoor && stages[from] === undefined) found.push(`${file}: the folder ${from}/ has no stage`);
    for (const target of specifiers(readFileSync(join(src, file), "utf8"))) {
      const problem = target.startsWith(".")
        ? relativeProblem(src, file, from, isDoor, target)
        : packageProblem(from, target, packages);
      if (problem !== undefined) found.push(`${file} must not import ${target}: ${problem}`);
    }
  }
  return found;
}

function relativeProblem(src: string, file: string, from: string, isDoor: boolean, target: string): string | undefined {
  const path = relative(src, resolve(dirname(join(src, file)), target)).split(sep);
  const [to = ""] = path;
  if (to === "..") return target.endsWith(".node") || target.endsWith(".json") ? undefined : "it lies outside src/";
  if (isDoor || to === from) return undefined;
  if (path.length === 1) return "the public doors are for users, not for the inside";
  const [own, other] = [stages[from] ?? 0, stages[to]];
  if (other === undefined) return `the folder ${to}/ has no stage`;
  if (other >= own) return `${to} (stage ${other}) is not below ${from} (stage ${own})`;
  if (forbidden.some(([a, b]) => a === from && b === to)) return `${from} never imports ${to}`;
  return undefined;
}

function packageProblem(from: string, target: string, packages: ReadonlySet<string>): string | undefined {
  if (target.startsWith("node:")) {
    return browserSafe.some((folder) => folder === from) ? `${from}/ also runs in a browser` : undefined;
  }
  const name = target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
  return packages.has(name) ? undefined : `${name} is not among the package's dependencies`;
}
