/**
 * Conditions on items in CEL, the Common Expression Language: `item.genre == "drama" && item.price < 20`. Read once, evaluated
 * for many items; nothing of it is run as code.
 */
import { Environment } from "@marcbachmann/cel-js";
import { fail } from "../core/errors.ts";
import type { Fields } from "../store/index.ts";

export interface Filter {
  readonly text: string;
  /** Whether it looks at the person who asks: then every person has another answer. */
  readonly readsUser: boolean;
  /**
   * Whether an item passes. What cannot be evaluated of an item (a field that it does not have) does not pass; `failures` says
   * how often that was so, and why the first time.
   */
  passes(id: string, item: Fields, user: Fields): boolean;
  readonly failures: { readonly count: number; readonly first: string | undefined };
}

/** Nodes and depth that an expression may have, so that none takes long. */
const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 1000, maxMapEntries: 16, maxCallArguments: 8 };

/** A regular expression can take for ever; macros inside macros can take the product of lengths. */
const REFUSED: ReadonlySet<unknown> = new Set(["matches"]);
const MACROS: ReadonlySet<unknown> = new Set(["exists", "all", "exists_one", "map", "filter", "transformList"]);

const NONE: Fields = {};

const environment = arithmetic(
  new Environment({ limits: LIMITS })
    .registerVariable("item", "map")
    .registerVariable("user", "map")
    .registerVariable("id", "string"),
);

/** JSON knows one kind of number: 1 and 1.0 may be added and compared. */
function arithmetic(plain: Environment): Environment {
  const operators = {
    "+": (a: number, b: number) => a + b,
    "-": (a: number, b: number) => a - b,
    "*": (a: number, b: number) => a * b,
    "/": (a: number, b: number) => a / b,
  };
  for (const [name, apply] of Object.entries(operators)) {
    const both = (a: number | bigint, b: number | bigint) => apply(Number(a), Number(b));
    plain.registerOperator(`double ${name} int: double`, both).registerOperator(`int ${name} double: double`, both);
  }
  return plain;
}

/** Throws CONFIG_FILTER for what is no condition. */
export function parseFilter(text: string): Filter {
  const evaluate = parsed(text);
  const nodes = [...nodesOf(evaluate.ast, 0)];
  const refused = nodes.find(({ name, depth }) => REFUSED.has(name) || (MACROS.has(name) && depth > 0));
  if (refused) wrong(text, `${String(refused.name)} is not possible here`);
  const checked = evaluate.check();
  if (!checked.valid) wrong(text, firstLine(checked.error));
  if (checked.type !== "bool" && checked.type !== "dyn") wrong(text, `it gives ${checked.type}, not true or false`);
  const failures = { count: 0, first: undefined as string | undefined };
  return {
    text,
    readsUser: nodes.some(({ name }) => name === "user"),
    failures,
    passes(id, item = NONE, user = NONE) {
      try {
        const result: unknown = evaluate({ id, item, user });
        if (typeof result === "boolean") return result;
        throw new Error(`it gives ${typeof result}, not true or false`);
      } catch (error) {
        failures.count++;
        failures.first ??= firstLine(error);
        return false;
      }
    },
  };
}

function parsed(text: string): ReturnType<Environment["parse"]> {
  try {
    return environment.parse(text);
  } catch (error) {
    return wrong(text, firstLine(error));
  }
}

function wrong(text: string, received: string): never {
  return fail("CONFIG_FILTER", { what: `The filter ${JSON.stringify(text)} cannot be evaluated`, received });
}

const firstLine = (error: unknown): string =>
  String((error as Error | undefined)?.message ?? error).split("\n")[0] ?? "";

/** Names that are called or read, with the number of macros around them. */
function* nodesOf(node: unknown, depth: number): Generator<{ readonly name: unknown; readonly depth: number }> {
  if (Array.isArray(node)) {
    for (const inner of node) yield* nodesOf(inner, depth);
    return;
  }
  if (typeof node !== "object" || node === null || !("op" in node) || !("args" in node)) return;
  const { op, args } = node;
  const name = op === "id" ? args : op === "rcall" || op === "call" ? (args as readonly unknown[])[0] : undefined;
  if (name !== undefined) yield { name, depth };
  yield* nodesOf(args, depth + (MACROS.has(name) ? 1 : 0));
}
