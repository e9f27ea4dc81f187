/** Runs test files with one file of the source replaced, in one Vitest that stays warm. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createVitest } from "vitest/node";

/** Processor seconds that a test file may take until it is known what it needs. */
const SECONDS = 120;

/** `home` is a folder for a small file of its own. */
export async function openTrial(root, home) {
  const active = { file: undefined, text: undefined };
  const [used, limits, unsound] = [join(home, "seconds"), new Map(), new Set()];
  const plugin = {
    name: "mutant",
    enforce: "pre",
    load: (id) => (id.split("?")[0] === active.file ? active.text : undefined),
  };
  process.env.MUTATE_USED = used;
  const vitest = await createVitest(
    "test",
    {
      root,
      config: false,
      watch: false,
      bail: 1,
      pool: "forks",
      maxWorkers: 1,
      include: ["{src,test}/**/*.test.ts"],
      setupFiles: [join(root, "test", "mutation", "watchdog.ts")],
      execArgv: ["--max-old-space-size=2048"],
      testTimeout: 600_000,
      hookTimeout: 600_000,
      reporters: [{}],
    },
    { plugins: [plugin], logLevel: "silent" },
  );
  const project = vitest.getRootProject();

  /** Puts a text in a file's place, or (undefined) the file's own back. */
  function replace(file, text) {
    if (active.file !== undefined) vitest.invalidateFile(active.file);
    active.file = text === undefined ? undefined : join(root, file);
    active.text = text;
    if (active.file !== undefined) vitest.invalidateFile(active.file);
  }

  async function run(test) {
    process.env.MUTATE_SECONDS = String(limits.get(test) ?? SECONDS);
    vitest.state.filesMap.clear();
    vitest.state.idMap.clear();
    const specification = project.createSpecification(join(root, test));
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
    return testModules.length === 1 && testModules[0].ok() && unhandledErrors.length === 0;
  }

  /** Runs a test file; where it passes, its time bounds what it may take next: endless loops end there, and so does what is three times as slow. */
  async function runs(test) {
    const passed = await run(test);
    if (passed && !limits.has(test)) limits.set(test, 5 + 3 * Number(readFileSync(used, "utf8")));
    return passed;
  }

  /**
   * Whether the test file passes with what is replaced, or (undefined) fails without it too; stops at its first failure. The file is first run
   * without a fault, so that it is known what it needs before a fault may make it endless.
   */
  async function passes(test) {
    if (!limits.has(test) && !unsound.has(test)) {
      const { file, text } = active;
      replace(undefined);
      if (!(await runs(test))) unsound.add(test);
      replace(file === undefined ? undefined : relative(root, file), text);
    }
    return unsound.has(test) ? undefined : runs(test);
  }

  return { replace, passes, close: () => vitest.close() };
}

/** Tests by how few imports lead from them to a file: the one beside it first, then those that use it through one more file, and so on. */
export function testsByDistance(root) {
  const folder = (path) =>
    readdirSync(join(root, path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const files = [...folder("src"), ...folder("test")];
  const importers = new Map();
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, path] of text.matchAll(/^(?!import type|export type).*(?:from|import)\s*\(?"(\.[^"]+\.ts)"/gm)) {
      const imported = relative(root, resolve(root, dirname(file), path)).replaceAll("\\", "/");
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  }
  return (file) => {
    const distance = new Map([[file, 0]]);
    for (const [one, steps] of distance) {
      for (const next of importers.get(one) ?? []) if (!distance.has(next)) distance.set(next, steps + 1);
    }
    const beside = (test) => (test === file.replace(/\.ts$/, ".test.ts") ? 0 : dirname(test) === dirname(file) ? 1 : 2);
    return [...distance]
      .filter(([one]) => one.endsWith(".test.ts"))
      .sort(([a, x], [b, y]) => beside(a) - beside(b) || x - y || (a < b ? -1 : 1))
      .map(([one]) => one);
  };
}
