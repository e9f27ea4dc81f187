import { defineConfig } from "vitest/config";

/** Slow suites run the built package (dist/), which `test/build.ts` brings up to date first. */
const built = { globalSetup: ["test/build.ts"], testTimeout: 180_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "unit", include: ["src/**/*.test.ts"], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: "suites",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{e2e,package,repo}/**", "**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["test/types/**/*.test-d.ts"],
            tsconfig: "test/types/tsconfig.json",
          },
        },
      },
      { extends: true, test: { name: "bench", include: ["bench/**/*.test.ts"], ...built } },
      { extends: true, test: { name: "repo", include: ["test/repo/**/*.test.ts"], ...built } },
      { extends: true, test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], ...built } },
      { extends: true, test: { name: "package", include: ["test/package/**/*.test.ts"], ...built } },
    ],
  },
});
