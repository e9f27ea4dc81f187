import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const importsOf = (file: string) =>
  Array.from(
    readFileSync(file, "utf8").matchAll(/^(?:import|export)\b(?! type\b)([^"';]*?)\bfrom "(\.[^"]+)";/gm),
    ([, names = "", path = ""]) => ({ names: names.trim(), path: join(dirname(file), path) }),
  );

/** Files that the program loads which plays a case in an earlier revision. */
function loaded(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || !file.endsWith(".ts")) return found;
  found.add(file);
  for (const { path } of importsOf(file)) loaded(path, found);
  return found;
}

test("a name that an earlier revision lacks stops no case that does without it: all are bound when the program runs", () => {
  const files = [...loaded(join(import.meta.dirname, "serve.ts"))];
  const ofProduct = files.flatMap(importsOf).filter(({ path }) => path.includes("dist"));
  expect(ofProduct.length).toBeGreaterThan(5);
  expect(ofProduct.filter(({ names }) => !/^\* as \w+$/.test(names))).toEqual([]);
});
