/** What mutants are tried against, in one process: the tests below the paths that scripts/mutate.mjs names. None needs a build. */
import { defineConfig } from "vitest/config";

const paths = process.env["MUTATE_TESTS"]?.split(" ") ?? ["src"];
const testsOf = (path: string): string => {
  if (/\.test\.ts$|\*/.test(path)) return path;
  return `${path.endsWith(".ts") ? path.slice(0, path.lastIndexOf("/")) : path}/**/*.test.ts`;
};

export default defineConfig({
  // Mutants are slow, and so is a machine that tries them.
  test: { include: [...new Set(paths.map(testsOf))], testTimeout: 600_000, hookTimeout: 600_000 },
});
