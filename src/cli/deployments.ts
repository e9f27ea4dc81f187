import { existsSync, readFileSync, statSync } from "node:fs";
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { Engine } from "../engine/contract.ts";
import { makeFolder } from "../files/folder.ts";
import { askKnown, checkKnown, KnownAnswer, ServedModel, versionOf, type Which } from "../serve/index.ts";
import { writeWhole } from "./output.ts";
import { openRun, type SavedRun } from "./runs.ts";
import type { Session } from "./session.ts";
import { takeLock } from "./workspace/lock.ts";
import { checkName } from "./workspace/names.ts";

const Deployment = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  /** The run that it is a copy of, and what its weights are. */
  run: Type.String(),
  version: Type.String(),
  deployed: Type.String(),
  /** What it has to answer before it answers others; empty after somebody was forgotten, until it is loaded again. */
  known: Type.Array(KnownAnswer),
});
export type Deployment = Static<typeof Deployment>;

const Deployed = Type.Object({
  /** Ascending. */
  deployments: Type.Array(Deployment),
  /** Numbers in the order in which they were made to answer; the last one does. */
  active: Type.Array(Type.Integer(), { minItems: 1 }),
});
type Deployed = Static<typeof Deployed>;

const DeploymentFile = Type.Object({ models: Type.Record(Type.String(), Deployed) });
const checked = Compile(DeploymentFile);
type Deployments = Static<typeof DeploymentFile>["models"];

/** What may answer under a name. */
export interface Served {
  readonly name: string;
  readonly deployment: Deployment | undefined;
}

const fileOf = ({ workspace }: Session): string => join(workspace.root, "models.json");
const entryName = (name: string, number: number): string => `${name}.${number}`;

/** When the deployments were last changed; 0 where there are none. */
export const changedAt = (session: Session): number =>
  statSync(fileOf(session), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Deployed models by name. Throws SERVE_DEPLOYMENTS for a file that is damaged. */
export function readDeployments(session: Session): Deployments {
  const file = fileOf(session);
  if (!existsSync(file)) return {};
  const content: unknown = parsed(readFileSync(file, "utf8"));
  if (checked.Check(content)) return content.models;
  return fail("SERVE_DEPLOYMENTS", { what: `${file} does not hold deployments` });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The number that answers under a name; undefined where the name is not deployed. */
export function activeNumber(session: Session, name: string): number | undefined {
  return own(readDeployments(session), name)?.active.at(-1);
}

/** What answers under a name: the deployed copy, or else the run. Throws WORKSPACE_UNKNOWN, SERVE_DEPLOYMENTS, and as `readManifest`. */
export async function openServed(session: Session, name: string): Promise<SavedRun> {
  const number = activeNumber(session, name);
  if (number === undefined) return await openRun(session, name);
  const folder = session.workspace.path("model", entryName(name, number));
  const { readManifest } = await import("../artifact/index.ts");
  return { name, folder, metadata: (await readManifest(folder)).metadata };
}

const own = (models: Deployments, name: string): Deployed | undefined =>
  Object.hasOwn(models, name) ? models[name] : undefined;

/** What `penchant deploy` prints. */
export interface DeployedRun {
  readonly model: string;
  readonly deployment: number;
  readonly run: string;
  readonly version: string;
  /** The one that answered before. */
  readonly previous: number | null;
  /** Answers noted, which it has to give again before it answers others. */
  readonly known: number;
}

/** Copies a run and lets the copy answer under a name; older copies than the newest `keep` and the one before are removed. */
export async function deployRun(
  session: Session,
  engine: Engine,
  { run: named, as, keep }: { readonly run: string | undefined; readonly as: string; readonly keep: number },
): Promise<DeployedRun> {
  checkName("model", as);
  const { name: run, folder } = await openRun(session, named);
  return await changing(session, async (models) => {
    const { deployments, active } = own(models, as) ?? { deployments: [], active: [] };
    const number = Math.max(0, ...deployments.map((one) => one.number), ...active) + 1;
    const entry = entryName(as, number);
    await session.workspace.write("model", entry, (copy) => cp(folder, copy, { recursive: true }));
    const copy = session.workspace.path("model", entry);
    const known = await knownOf(session, engine, { name: as, run, folder: copy });
    const version = await versionOf(copy);
    const made = { number, run, version, deployed: new Date().toISOString(), known };
    const kept = pruned({ deployments: [...deployments, made], active: [...active, number] }, keep);
    return {
      models: { ...models, [as]: kept },
      result: { model: as, deployment: number, run, version, previous: active.at(-1) ?? null, known: known.length },
    };
  });
}

async function knownOf(
  session: Session,
  engine: Engine,
  model: { readonly name: string; readonly run: string; readonly folder: string },
): Promise<KnownAnswer[]> {
  const loaded = await ServedModel.load({ ...model, engine, threads: session.threads ?? 0 });
  return await askKnown(loaded).finally(() => loaded.retire());
}

function pruned({ deployments, active }: Deployed, keep: number): Deployed {
  const inUse = new Set(active.slice(-2));
  const newest = new Set(deployments.slice(-keep).map(({ number }) => number));
  const kept = deployments.filter(({ number }) => newest.has(number) || inUse.has(number));
  const there = new Set(kept.map(({ number }) => number));
  return { deployments: kept, active: active.filter((number) => there.has(number)) };
}

/**
 * Loads what is to answer under a name, lets it give its known answers, and notes that it answers. Where anything of that
 * fails, nothing is noted. A name that is not deployed is the run of that name as it is now.
 */
export async function loadDeployed(session: Session, engine: Engine, name: string, which: Which): Promise<ServedModel> {
  const threads = session.threads ?? 0;
  if (activeNumber(session, name) === undefined) {
    if (which !== "now") none(name, "It is a run, which has no deployments.");
    const { folder } = await openRun(session, name);
    return ServedModel.load({ name, run: name, folder, engine, threads });
  }
  return await changing(session, async (models) => {
    const deployed = own(models, name) as Deployed;
    const active = activated(name, deployed, which);
    const number = active.at(-1) as number;
    const deployment = deployed.deployments.find((one) => one.number === number) as Deployment;
    const folder = session.workspace.path("model", entryName(name, number));
    const model = await ServedModel.load({ name, run: deployment.run, deployment: number, folder, engine, threads });
    try {
      if (model.version !== deployment.version) changedCopy(folder, deployment.version, model.version);
      await checkKnown(model, deployment.known);
      const known = deployment.known.length > 0 ? deployment.known : await askKnown(model);
      const deployments = deployed.deployments.map((one) => (one.number === number ? { ...one, known } : one));
      return { models: { ...models, [name]: { deployments, active } }, result: model };
    } catch (error) {
      model.retire();
      throw error;
    }
  });
}

/** The order of activations once another one answers. Throws SERVE_MODEL. */
function activated(name: string, { deployments, active }: Deployed, which: Which): number[] {
  if (which === "now") return active;
  if (which === "previous") {
    return active.length > 1 ? active.slice(0, -1) : none(name, "No other deployment answered before.");
  }
  const numbers = deployments.map(({ number }) => number);
  if (!numbers.includes(which)) none(name, `It has the deployments ${numbers.join(", ")}.`);
  return active.at(-1) === which ? active : [...active, which].slice(-20);
}

function none(name: string, fix: string): never {
  return fail("SERVE_MODEL", { what: `There is no such deployment of ${JSON.stringify(name)}`, fix });
}

function changedCopy(folder: string, expected: string, received: string): never {
  return fail("SERVE_DEPLOYMENTS", { what: `${folder} is not what was deployed`, expected, received });
}

/** Notes the previous deployment as the one that answers. Throws SERVE_MODEL. */
export async function rollBack(session: Session, name: string): Promise<Omit<DeployedRun, "previous" | "known">> {
  return await changing(session, async (models) => {
    const deployed = own(models, name) ?? unknown(name, models);
    const active = activated(name, deployed, "previous");
    const number = active.at(-1) as number;
    const { run, version } = deployed.deployments.find((one) => one.number === number) as Deployment;
    return {
      models: { ...models, [name]: { ...deployed, active } },
      result: { model: name, deployment: number, run, version },
    };
  });
}

/** Takes a name and all its copies away. Throws SERVE_MODEL. */
export async function undeploy(
  session: Session,
  name: string,
): Promise<{ readonly removed: "model"; readonly model: string }> {
  return await changing(session, async (models) => {
    if (!own(models, name)) unknown(name, models);
    const { [name]: _, ...rest } = models;
    return { models: rest, result: { removed: "model", model: name } as const };
  });
}

function unknown(name: string, models: Deployments): never {
  const names = Object.keys(models);
  const close = nearest(name, names);
  return fail("SERVE_MODEL", {
    what: `No model ${JSON.stringify(name)} is deployed`,
    expected: names.join(", ") || "nothing is: penchant deploy RUN --as NAME",
    fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
  });
}

/** After somebody was forgotten in a copy: what it is now, and that its answers are to be noted anew. The caller has changed it. */
export async function noteChanged(session: Session, entry: string): Promise<void> {
  const version = await versionOf(session.workspace.path("model", entry));
  await changing(session, async (models) => {
    const changed = Object.entries(models).map(([name, { deployments, active }]) => {
      const now = deployments.map((one) =>
        entryName(name, one.number) === entry ? { ...one, version, known: [] } : one,
      );
      return [name, { deployments: now, active }] as const;
    });
    return { models: Object.fromEntries(changed), result: undefined };
  });
}

/**
 * Removes copies that no deployment is any more, also those that an interrupted change left. Only once that is on the disk: who is
 * killed in between has copies too many, and never one too few.
 */
function sweep({ workspace }: Session, before: Deployments, now: Deployments): void {
  const inUse = new Set(
    Object.entries(now).flatMap(([name, { deployments }]) => deployments.map(({ number }) => entryName(name, number))),
  );
  for (const entry of workspace.names("model")) {
    const name = entry.slice(0, entry.lastIndexOf("."));
    if (!inUse.has(entry) && (own(before, name) || own(now, name))) workspace.remove("model", entry);
  }
}

/** Changes the file of deployments, whole or not at all, one process at a time. Throws WORKSPACE_BUSY. */
async function changing<T>(
  session: Session,
  change: (models: Deployments) => Promise<{ readonly models: Deployments; readonly result: T }>,
): Promise<T> {
  const release = takeLock(join(session.workspace.root, "locks", "models"), "the deployments of this workspace");
  try {
    const before = readDeployments(session);
    const { models, result } = await change(before);
    const file = fileOf(session);
    const [text, old] = [JSON.stringify({ models }), JSON.stringify({ models: before })];
    if (text !== old) {
      makeFolder(dirname(file));
      await writeWhole(file, `${text}\n`);
    }
    sweep(session, before, models);
    return result;
  } finally {
    release();
    session.workspace.tidy();
  }
}
