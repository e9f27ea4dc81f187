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
    const { path, expected } = excess(schema, value) ?? faultOf(schema, compiled.Errors(value));
    const where = path === "" ? `The ${part}` : `${path.slice(1).replaceAll("/", ".")} of the ${part}`;
    fail(code, { what: `${where} does not fit`, expected, received: shown(at(value, path)) });
  };
}

type Errors = ReturnType<ReturnType<typeof Compile>["Errors"]>;

/** The branches of a choice say nothing: the choice as a whole does. */
function faultOf(schema: TSchema, errors: Errors): Fault {
  const plain = errors.filter(({ schemaPath, keyword }) => !/\/anyOf\/\d/.test(schemaPath) && keyword !== "boolean");
  const first = plain[0] ?? errors[0];
  if (!first) return { path: "", expected: "another value" };
  const unknown = (first.params as { additionalProperties?: readonly string[] }).additionalProperties?.[0];
  if (unknown !== undefined) {
    const allowed = Object.keys(propertiesAt(schema, first.schemaPath));
    return { path: `${first.instancePath}/${unknown}`, expected: `one of the fields ${allowed.join(", ")}` };
  }
  const described = (node(schema, first.schemaPath) as { description?: string } | undefined)?.description;
  return { path: first.instancePath, expected: described ?? first.message.replace(/^must /, "what must ") };
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
