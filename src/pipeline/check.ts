import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { type ErrorCode, fail } from "../core/errors.ts";
import { excess, type Fault } from "./excess.ts";

/** Whether a value is of a schema. */
export function conforms(schema: TSchema): (value: unknown) => boolean {
  const compiled = Compile(schema);
  return (value) => compiled.Check(value);
}

/**
 * A function that throws `code` for what the schema does not allow, with the first place and what belongs there.
 * `part`: what is checked, as in "body".
 */
export function checker(schema: TSchema, part: string, code: ErrorCode): (value: unknown) => void {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return;
    const { path, expected } = excess(schema, value) ?? faultOf(schema, compiled.Errors(value), value);
    const where = path === "" ? `The ${part}` : `${path.slice(1).replaceAll("/", ".")} of the ${part}`;
    fail(code, { what: `${where} does not fit`, expected, received: shown(at(value, path)) });
  };
}

type Errors = ReturnType<ReturnType<typeof Compile>["Errors"]>;

/** The branches of a choice say nothing: the choice as a whole does, or the only one whose fields are there. */
function faultOf(schema: TSchema, errors: Errors, value: unknown): Fault {
  const plain = errors.filter(({ schemaPath, keyword }) => !CHOICE.test(schemaPath) && keyword !== "boolean");
  const first = plain[0] ?? errors[0];
  if (!first) return { path: "", expected: "another value" };
  const unknown = (first.params as { additionalProperties?: readonly string[] }).additionalProperties?.[0];
  if (unknown !== undefined && plain[0]) {
    const allowed = Object.keys(propertiesAt(schema, first.schemaPath));
    return { path: `${first.instancePath}/${unknown}`, expected: `one of the fields ${allowed.join(", ")}` };
  }
  const choice = errors.find(({ schemaPath }) => CHOICE.test(schemaPath));
  if (choice && (!plain[0] || plain[0].keyword === "anyOf")) return faultOfChoice(schema, choice, value);
  return { path: first.instancePath, expected: expectedAt(schema, first) };
}

const CHOICE = /\/anyOf\/\d/;
type OneError = Errors[number];
type Branch = TSchema & { readonly required?: readonly string[] };

function expectedAt(schema: TSchema, { schemaPath, message }: Pick<OneError, "schemaPath" | "message">): string {
  const described = (node(schema, schemaPath) as { description?: string } | undefined)?.description;
  return described ?? message.replace(/^must /, "what must ");
}

/** `error`: one of a branch, at the choice or below it. */
function faultOfChoice(schema: TSchema, { schemaPath, instancePath, message }: OneError, value: unknown): Fault {
  const [whole = "", below = ""] = [schemaPath.slice(0, schemaPath.search(CHOICE)), schemaPath.split(CHOICE)[1]];
  const deeper = below.match(/\/(properties\/[^/]+|items)/g)?.length ?? 0;
  const path = instancePath
    .split("/")
    .slice(0, deeper === 0 ? undefined : -deeper)
    .join("/");
  const own = at(value, path);
  const { anyOf = [] } = (node(schema, whole) ?? {}) as { anyOf?: readonly Branch[] };
  const names = typeof own === "object" && own !== null ? Object.keys(own) : [];
  const meant = anyOf.filter(
    ({ required = [] }) => required.length > 0 && required.every((one) => names.includes(one)),
  );
  const [branch] = meant;
  if (!branch || meant.length > 1) return { path, expected: expectedAt(schema, { schemaPath: whole, message }) };
  const fault = excess(branch, own) ?? faultOf(branch, Compile(branch).Errors(own), own);
  return { ...fault, path: path + fault.path };
}

/** The part of the schema that an error speaks of. */
function node(schema: TSchema, schemaPath: string): unknown {
  const steps = schemaPath.replace(/^#\/?/, "").split("/").filter(Boolean);
  return steps.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], schema);
}

function propertiesAt(schema: TSchema, schemaPath: string): Record<string, unknown> {
  return (node(schema, schemaPath) as { properties?: Record<string, unknown> } | undefined)?.properties ?? {};
}

function at(value: unknown, path: string): unknown {
  return path
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, step) => (Object(inner) as Record<string, unknown>)[step], value);
}

/** A value as it was sent, as far as a sentence shows it: cut before it is written, since what is sent may be deeper than a stack. */
function shown(value: unknown): string {
  const text = JSON.stringify(shallow(value, 3)) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function shallow(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.slice(0, 80);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  if (Array.isArray(value)) return value.slice(0, 40).map((one) => shallow(one, depth - 1));
  const names = Object.keys(value).slice(0, 40);
  const own = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.map((name) => [name.slice(0, 80), shallow(own[name], depth - 1)]));
}
