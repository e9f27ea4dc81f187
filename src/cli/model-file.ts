import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { RunMetadata } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import { modelNamed, models } from "../models/index.ts";
import { type DefinitionOf, defineModel, type Model, type ModelFactory } from "../nn/model.ts";

/** A model of the zoo by its name, or one's own by the path of its file. Rejects with CONFIG_UNKNOWN and CONFIG_MODEL. */
export async function modelOf(nameOrFile: string): Promise<ModelFactory> {
  return isFile(nameOrFile) ? loadModel(nameOrFile) : modelNamed(nameOrFile);
}

/** The model that a run was trained with; one's own is read from its file. Rejects with CONFIG_UNKNOWN and CONFIG_MODEL. */
export async function modelOfRun({ model: { name, config } }: RunMetadata, file?: string): Promise<Model> {
  const isOwn = models.every(({ definition }) => definition.name !== name);
  if (isOwn && file === undefined) {
    fail("CONFIG_UNKNOWN", {
      what: `The run's model "${name}" is one's own, and to train it takes its file`,
      fix: "Give it: --model FILE.",
    });
  }
  const factory = file === undefined ? modelNamed(name) : await modelOf(file);
  if (factory.definition.name !== name) {
    fail("CONFIG_MODEL", {
      what: "The file holds another model than the run was trained with",
      expected: name,
      received: factory.definition.name,
    });
  }
  return factory(config);
}

/** Names of models have neither dots nor slashes. */
const isFile = (text: string): boolean => /[./\\]/.test(text);

async function loadModel(file: string): Promise<ModelFactory> {
  const path = resolve(file);
  if (!existsSync(path))
    fail("CONFIG_MODEL", { what: "There is no such file of a model", received: path, fix: "Check the path." });
  const module = await importFile(path);
  const factory = factoryOf(module["default"], path);
  const { name } = factory.definition;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    fail("CONFIG_MODEL", {
      what: `The model of ${file} has a name that cannot be typed`,
      expected: "lower case letters, digits and hyphens",
      received: JSON.stringify(name),
      fix: 'Give it one: name: "my-model".',
    });
  }
  if (models.some(({ definition }) => definition.name === name)) {
    fail("CONFIG_MODEL", {
      what: `The model of ${file} has the name of another one, "${name}"`,
      fix: "Name it otherwise, so that runs say which of the two they are.",
    });
  }
  return factory;
}

/** Node 22.18 and later: "strip" or "transform". */
const readsTypeScript = "typescript" in process.features && Boolean(process.features.typescript);

async function importFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const isTyped = /^\.[cm]?ts$/.test(extname(path)) && !readsTypeScript;
    return fail("CONFIG_MODEL", {
      what: `The file of the model could not be imported: ${cause instanceof Error ? cause.message : String(cause)}`,
      received: path,
      fix: isTyped
        ? `Node ${process.versions.node} reads no TypeScript: take Node 22.18 or later, or compile the file to JavaScript.`
        : "Mend the file; node FILE shows where it fails. It imports penchant/nn from a project that has penchant installed.",
      cause,
    });
  }
}

/** What `defineModel` returns, or what it takes. */
function factoryOf(value: unknown, path: string): ModelFactory {
  if (typeof value === "function" && "definition" in value) return value as unknown as ModelFactory;
  const isDefinition =
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    "build" in value &&
    typeof value.build === "function";
  if (isDefinition) return defineModel(value as unknown as DefinitionOf<object>);
  return fail("CONFIG_MODEL", {
    what: "The file of the model has no model as its default export",
    expected: "export default defineModel({ name, build })",
    received: value === undefined ? "no default export" : typeof value,
    fix: `Write in ${path}: export default defineModel({ name: "my-model", build({ users, items }, config, nn) { … } }).`,
  });
}
