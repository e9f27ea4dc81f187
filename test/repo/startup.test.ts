import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { specifiers } from "./boundaries.ts";
import { filesIn, root } from "./tree.ts";

/** Everything that importing a compiled module loads before anything runs: static imports, followed. */
function loaded(entry: string): { readonly files: string[]; readonly packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const source = readFileSync(file, "utf8").replace(/\bimport\s*\([^)]*\)/g, "");
    for (const target of specifiers(source)) {
      if (target.endsWith(".json")) continue;
      if (target.startsWith(".")) queue.push(resolve(dirname(file), target));
      else if (!target.startsWith("node:")) packages.add(target);
    }
  }
  const dist = join(root, "dist");
  return { files: [...files].map((file) => relative(dist, file)).sort(), packages: [...packages].sort() };
}

describe("compiled modules", () => {
  test("penchant --help loads the command line alone: no library, no native core, no Parquet", () => {
    const { files, packages } = loaded(join(root, "dist", "cli", "main.js"));
    expect(packages).toEqual(["commander", "picocolors"]);
    expect(files.filter((file) => !/^(cli|core|files)\//.test(file))).toEqual([]);
  });

  test("every relative import, dynamic ones too, names a compiled file", () => {
    const dist = join(root, "dist");
    const missing = filesIn(dist, (path) => path.endsWith(".js")).flatMap((path) =>
      specifiers(readFileSync(join(dist, path), "utf8"))
        .filter((target) => target.startsWith(".") && !target.endsWith(".node"))
        .filter((target) => target.endsWith(".ts") || !existsSync(resolve(dirname(join(dist, path)), target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(missing).toEqual([]);
  });
});
