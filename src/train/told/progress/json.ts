import { PenchantError } from "../../../core/errors.ts";
import type { TrainEvent } from "../events.ts";
import type { Print } from "./lines.ts";

/** One JSON document per event and line: for programs. */
export function jsonLines(print: Print): (event: TrainEvent) => void {
  return (event) =>
    print(`${JSON.stringify(event.type === "fail" ? { ...event, error: plain(event.error) } : event)}\n`);
}

function plain(error: unknown): object {
  if (error instanceof PenchantError) return { code: error.code, message: error.message, fix: error.fix };
  return { message: error instanceof Error ? error.message : String(error) };
}
