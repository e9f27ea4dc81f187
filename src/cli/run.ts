import { describeFailure, printFailure } from "./failure.ts";
import { Interruption } from "./interrupt.ts";
import { createProgram } from "./program.ts";

/**
 * Runs one command line and ends the process: 0 done, 1 failed with a coded error, 2 wrong usage, 130 interrupted.
 * Output is flushed before the process ends; a reader that stopped listening (`| head`) is no failure.
 */
export async function runCli(args: readonly string[]): Promise<void> {
  const json = args.includes("--json");
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(0);
    });
  }
  const interruption = new Interruption(json);
  const program = createProgram(interruption.signal);
  let exitCode = 0;
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const failure = describeFailure(error, interruption.signal.aborted);
    if (failure !== undefined) {
      printFailure(failure, json);
      exitCode = failure.exitCode;
    }
  }
  process.stdout.write("", () => process.exit(exitCode));
}
