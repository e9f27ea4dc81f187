/** Set-up of tests that are tried on mutants: ends this process once it took more processor time than the tests need, as endless loops do. */
import { Worker } from "node:worker_threads";

const seconds = Number(process.env["MUTATE_SECONDS"] ?? "0");
const watch = `
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    if ((user + system) / 1e6 > ${seconds}) process.kill(process.pid, "SIGKILL");
  }, 200);`;

if (seconds > 0) new Worker(watch, { eval: true, stdout: false, stderr: false }).unref();
