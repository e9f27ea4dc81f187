/** Vitest reporter: writes counts and the reason of every skipped test to the file named by PENCHANT_TEST_REPORT. */
import { writeFileSync } from "node:fs";

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
    writeFileSync(process.env.PENCHANT_TEST_REPORT, JSON.stringify(report));
  }
}
