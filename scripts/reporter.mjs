/** Vitest reporter: names the slowest files, and writes counts and the reason of every skipped test to the file named by PENCHANT_TEST_REPORT. */
import { writeFileSync } from "node:fs";

/** How many of the slowest files are named. */
const SHOWN = 15;

export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const report = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      report.failed += module.errors().length;
      for (const suite of module.children.allSuites()) report.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === "passed") report.passed++;
        else if (state === "failed") report.failed++;
        else report.skipped.push(`${module.relativeModuleId}: ${test.fullName}${note ? ` (${note})` : ""}`);
      }
    }
    const seconds = modules.map((module) => [module.diagnostic().duration / 1000, module.relativeModuleId]);
    const slowest = seconds.sort(([a], [b]) => b - a).slice(0, SHOWN);
    console.log(
      `\nSlowest files:\n${slowest.map(([taken, id]) => `  ${taken.toFixed(0).padStart(4)} s  ${id}`).join("\n")}`,
    );
    writeFileSync(process.env.PENCHANT_TEST_REPORT, JSON.stringify(report));
  }
}
