/**
 * Set-up of tests that are tried on mutants: ends this process once it took more processor time than `MUTATE_SECONDS`, as endless loops do, and
 * leaves in the file `MUTATE_USED` how many seconds it took.
 */
import { writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterAll } from "vitest";

const { MUTATE_SECONDS: seconds = "240", MUTATE_USED: file = "" } = process.env;
const watch = `
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    if ((user + system) / 1e6 > ${Number(seconds)}) process.kill(process.pid, "SIGKILL");
  }, 200);`;

new Worker(watch, { eval: true }).unref();
afterAll(() => {
  const { user, system } = process.cpuUsage();
  writeFileSync(file, String((user + system) / 1e6));
});
