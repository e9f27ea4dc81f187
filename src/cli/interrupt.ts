import { penchantError } from "../core/errors.ts";
import { describeFailure, printFailure } from "./failure.ts";

/** How long a command may take to stop by itself after the first Ctrl-C, in milliseconds. */
let grace = 1000;

/** A command that has others' work to finish, such as a server, takes longer to stop. */
export function takeTimeToStop(milliseconds: number): void {
  grace = milliseconds;
}

/**
 * Turns SIGINT and SIGTERM into an abort signal. Commands that watch it stop cleanly; others are ended after a moment.
 * Either way the workspace is as before: everything is written aside and renamed, and what was aside is removed on exit.
 */
export class Interruption {
  readonly #controller = new AbortController();

  constructor(json: boolean) {
    const interrupt = (): void => {
      if (this.#controller.signal.aborted) process.exit(130);
      this.#controller.abort(penchantError("USAGE_INTERRUPTED", { what: "Interrupted" }));
      setTimeout(() => {
        const failure = describeFailure(this.#controller.signal.reason, true);
        if (failure) printFailure(failure, json);
        process.stdout.write("", () => process.exit(130));
      }, grace).unref();
    };
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
