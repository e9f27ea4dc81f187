import { fail } from "./errors.ts";

export interface Argument {
  /** The function and what it takes: `fit(model, interactions)`. */
  readonly call: string;
  /** Which of them, as the sentence goes on: "the model". */
  readonly name: string;
  readonly expected: string;
  readonly fix?: string | undefined;
}

/** Throws CONFIG_VALUE where an argument of a public function is not what it takes: not every program is checked by a compiler. */
export function checkArgument(isRight: boolean, received: unknown, { call, name, expected, fix }: Argument): void {
  if (!isRight) fail("CONFIG_VALUE", { what: `${call}: ${name}`, expected, received: shown(received), fix });
}

/** Whether it is an object with all of these. */
export const has = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === "object" && value !== null && names.every((name) => name in value);

export const isPath = (value: unknown): boolean => typeof value === "string" && value !== "";

export const checkFolder = (directory: unknown, call: string): void =>
  checkArgument(isPath(directory), directory, { call, name: "the folder of the run", expected: "a path" });

export const checkOptions = (options: unknown, call: string, ...names: readonly string[]): void =>
  checkArgument(has(options, ...names), options, {
    ...{ call, name: "the options", expected: `an object${names.length > 0 ? ` with ${names.join(", ")}` : ""}` },
  });

export const checkInteractions = (interactions: unknown, call: string): void =>
  checkArgument(has(interactions, "byUser", "users", "items"), interactions, {
    ...{ call, name: "the interactions", expected: "Interactions" },
    fix: isPath(interactions)
      ? "Read them first: await readInteractions(path)."
      : "await readInteractions(path) gives them.",
  });

/** What scores pairs, or whole catalogues. */
export const checkSource = (source: unknown, call: string): void =>
  checkArgument(has(source, "score"), source, {
    ...{ call, name: "what is measured", expected: "a scorer, as run.scorer() gives one" },
  });

export const checkDataset = (dataset: unknown, call: string): void =>
  checkArgument(has(dataset, "interactions"), dataset, {
    ...{ call, name: "the data set", expected: "{ interactions, given? }, as importDataset gives it" },
    ...(has(dataset, "byUser") && { fix: "Give it in an object: { interactions }." }),
  });

/** What was given, short enough for a message. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null)
    return `an object with ${Object.keys(value).slice(0, 5).join(", ") || "nothing in it"}`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
