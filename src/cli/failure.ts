import { CommanderError } from "commander";
import pc from "picocolors";
import { PenchantError, penchantError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { systemFailure } from "./system-failure.ts";

/** What a failed command prints and how the process ends. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly exitCode: number;
  /** Where an unexpected error came from; printed with PENCHANT_DEBUG=1. */
  readonly stack?: string | undefined;
}

/** Maps whatever was thrown to one coded failure; undefined when nothing failed (help and version end by throwing). */
export function describeFailure(error: unknown, interrupted: boolean): Failure | undefined {
  if (error instanceof CommanderError && error.exitCode === 0) return undefined;
  const coded = toPenchantError(error, interrupted);
  const exitCode = interrupted ? 130 : coded.code.startsWith("USAGE_") ? 2 : 1;
  const { code, message, fix } = coded;
  return { code, message, fix, exitCode, stack: error instanceof Error ? error.stack : undefined };
}

function toPenchantError(error: unknown, interrupted: boolean): PenchantError {
  if (error instanceof PenchantError) return error;
  if (interrupted) return penchantError("USAGE_INTERRUPTED", { what: "Interrupted", cause: error });
  if (error instanceof CommanderError) {
    return fromUsage(error.code === "commander.help" ? "No command is given" : error.message);
  }
  return systemFailure(error) ?? unexpected(error);
}

/** Commander says "error: unknown command 'trian'" and, on a second line, "(Did you mean train?)". */
function fromUsage(message: string): PenchantError {
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const fix = /Did you mean [^)]*\?/.exec(rest.join(" "))?.[0] ?? nearestChoice(first);
  return penchantError("USAGE_ARGUMENTS", {
    what: first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, ""),
    fix: fix ?? wordsTooMany(first),
  });
}

/** What people add without an option's name. */
const optionFor: Readonly<Record<string, string>> = {
  train: "Name the data set with --data NAME, the run with --run NAME.",
  evaluate: "Evaluate one run at a time, or use penchant compare RUN RUN …",
  recommend: "Name the user with --user ID, liked items with --items a,b,c.",
  similar: "Name the item with --item ID.",
  summary: "Name the data set with --data NAME.",
  profile: "Name the data set with --data NAME.",
  data: "Give one data set, or none to list all.",
  runs: "It lists all runs; to measure some, use penchant compare RUN …",
};

/** Commander says "Too many arguments for 'train'. Expected 1 argument but got 2." */
function wordsTooMany(message: string): string | undefined {
  return optionFor[/^too many arguments for '(\w+)'/i.exec(message)?.[1] ?? ""];
}

/** Commander says "… argument 'cvs' is invalid. Allowed choices are auto, csv." */
function nearestChoice(message: string): string | undefined {
  const [, given, choices] = /argument '(.*)' is invalid\. Allowed choices are (.*)\./.exec(message) ?? [];
  const close = given === undefined ? undefined : nearest(given, (choices ?? "").split(", "));
  return close && `Did you mean ${close}?`;
}

function unexpected(error: unknown): PenchantError {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return penchantError("UNEXPECTED_FAILURE", { what, cause: error });
}

/** Under --json one document on stdout, otherwise a few lines on stderr. */
export function printFailure({ code, message, fix, stack }: Failure, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, fix } })}\n`);
  else process.stderr.write(`${pc.red(`error ${code}`)}  ${message}\n${pc.dim("→")} ${fix}\n`);
  if (process.env["PENCHANT_DEBUG"] === "1" && stack) process.stderr.write(`${stack}\n`);
}
