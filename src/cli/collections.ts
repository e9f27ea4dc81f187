import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail } from "../core/errors.ts";
import { isFolder } from "../files/folder.ts";
import type { ServeArguments } from "./commands/serve.ts";
import type { Place } from "./serving.ts";
import type { Session } from "./session.ts";
import { checkName } from "./workspace/names.ts";
import { Workspace } from "./workspace/workspace.ts";

/**
 * What `serve` answers from: this workspace, or several, each a collection with models, pipelines (its folder `pipelines`), events and keys of its own. Throws
 * USAGE_ARGUMENTS, WORKSPACE_NAME, WORKSPACE_UNKNOWN.
 */
export function collectionsOf(
  session: Session,
  names: readonly string[],
  { collection = [], pipeline = [], keys }: ServeArguments,
): Place[] {
  if (collection.length === 0) return [{ name: undefined, session, names, pipelines: pipeline }];
  if (names.length > 0 || pipeline.length > 0 || keys !== undefined) {
    fail("USAGE_ARGUMENTS", {
      what: "RUN, --pipeline and --keys are of one workspace, and --collection names several",
      fix: "Deploy the runs of each (penchant deploy --workspace DIR), and put its pipelines into DIR/pipelines.",
    });
  }
  const places = collection.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) fail("USAGE_ARGUMENTS", { what: "--collection", expected: "NAME=DIR", received: text });
    const [name, root] = [checkName("collection", text.slice(0, at)), resolve(text.slice(at + 1))];
    if (!isFolder(root)) fail("WORKSPACE_UNKNOWN", { what: `There is no workspace at ${root}` });
    return { name, session: session.within(new Workspace(root), name), names: [], pipelines: pipelinesIn(root) };
  });
  const twice = places.find(({ name }, i) => places.findIndex((one) => one.name === name) !== i);
  if (twice) fail("USAGE_ARGUMENTS", { what: `Two collections are named ${twice.name}` });
  return places;
}

function pipelinesIn(root: string): string[] {
  const folder = join(root, "pipelines");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.sort().map((file) => join(folder, file));
}
