import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import Type from "typebox";
import { Compile } from "typebox/compile";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { makeFolder } from "../files/folder.ts";
import { Experiment } from "../serve/index.ts";
import { EVENT_TYPES } from "../store/index.ts";
import { readDeployments } from "./deployments.ts";
import { writeWhole } from "./output.ts";
import type { Session } from "./session.ts";
import { takeLock } from "./workspace/lock.ts";
import { checkName } from "./workspace/names.ts";

const checked = Compile(Type.Object({ experiments: Type.Array(Experiment) }));

const fileOf = ({ workspace }: Session): string => join(workspace.root, "experiments.json");

/** When the experiments were last changed; 0 where there are none. */
export const experimentsChangedAt = (session: Session): number =>
  statSync(fileOf(session), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** In the order in which they were started. Throws SERVE_EXPERIMENT for a file that is damaged. */
export function readExperiments(session: Session): readonly Experiment[] {
  const file = fileOf(session);
  if (!existsSync(file)) return [];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    content = undefined;
  }
  if (checked.Check(content)) return content.experiments;
  return fail("SERVE_EXPERIMENT", { what: `${file} does not hold experiments` });
}

/** Throws SERVE_EXPERIMENT. */
export function experimentNamed(session: Session, name: string): Experiment {
  const all = readExperiments(session);
  const names = all.map((one) => one.name);
  const close = nearest(name, names);
  return (
    all.find((one) => one.name === name) ??
    fail("SERVE_EXPERIMENT", {
      what: `There is no experiment ${JSON.stringify(name)}`,
      expected: names.join(", ") || "none was started",
      fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
    })
  );
}

export interface Wanted {
  readonly name: string;
  readonly on: string;
  readonly with: string;
  readonly share: number;
  readonly shadow: boolean;
  readonly outcome: string;
  readonly effect: number;
  readonly alpha: number;
  readonly users: number | undefined;
}

/** Begins an experiment; a running server takes it over. Throws SERVE_EXPERIMENT, WORKSPACE_NAME, CONFIG_VALUE, SERVE_MODEL. */
export async function startExperiment(session: Session, wanted: Wanted): Promise<Experiment> {
  checkName("experiment", wanted.name);
  const outcome = EVENT_TYPES.find((type) => type === wanted.outcome);
  if (!outcome) {
    return fail("CONFIG_VALUE", { what: "--outcome", expected: EVENT_TYPES.join(", "), received: wanted.outcome });
  }
  within(wanted.share, "--share", 1);
  within(wanted.effect, "--effect", 1);
  within(wanted.alpha, "--alpha", 0.5);
  if (wanted.on === wanted.with) fail("SERVE_EXPERIMENT", { what: `${wanted.on} would be compared with itself` });
  checkThere(session, wanted);
  const made = { ...wanted, outcome, users: wanted.users ?? null, started: new Date().toISOString(), stopped: null };
  await changing(session, (all) => {
    if (all.some(({ name }) => name === made.name)) {
      fail("SERVE_EXPERIMENT", {
        what: `There was an experiment ${JSON.stringify(made.name)} already`,
        fix: "Take another name.",
      });
    }
    const rival = all.find((one) => one.stopped === null && one.on === made.on && one.shadow === made.shadow);
    if (rival) {
      fail("SERVE_EXPERIMENT", {
        what: `${JSON.stringify(rival.name)} runs on ${made.on} already`,
        fix: `penchant experiment stop ${rival.name}`,
      });
    }
    return [...all, made];
  });
  return made;
}

/** From here on `on` answers everybody. Throws SERVE_EXPERIMENT where there is none, or it was stopped. */
export async function stopExperiment(session: Session, name: string): Promise<Experiment> {
  const one = experimentNamed(session, name);
  if (one.stopped !== null) fail("SERVE_EXPERIMENT", { what: `${JSON.stringify(name)} was stopped at ${one.stopped}` });
  const stopped = { ...one, stopped: new Date().toISOString() };
  await changing(session, (all) => all.map((other) => (other.name === name ? stopped : other)));
  return stopped;
}

function within(value: number, what: string, most: number): void {
  if (value > 0 && value <= most) return;
  fail("CONFIG_VALUE", { what, expected: `over 0, at most ${most}`, received: String(value) });
}

/** Models have to be there; what is neither deployed nor a run is a pipeline, which only a server knows. */
function checkThere(session: Session, { on, with: other }: Wanted): void {
  const deployed = readDeployments(session);
  const isModel = (name: string) => Object.hasOwn(deployed, name) || session.workspace.has("run", name);
  if (isModel(on) === isModel(other)) return;
  const [model, missing] = isModel(on) ? [on, other] : [other, on];
  fail("SERVE_MODEL", {
    what: `${JSON.stringify(model)} is a model, and there is no model ${JSON.stringify(missing)} to compare it with`,
    fix: `penchant deploy RUN --as ${missing}`,
  });
}

/** Changes the file, whole or not at all, one process at a time. Throws WORKSPACE_BUSY. */
async function changing(
  session: Session,
  change: (all: readonly Experiment[]) => readonly Experiment[],
): Promise<void> {
  const release = takeLock(join(session.workspace.root, "locks", "experiments"), "the experiments of this workspace");
  try {
    const file = fileOf(session);
    const experiments = change(readExperiments(session));
    makeFolder(dirname(file));
    await writeWhole(file, `${JSON.stringify({ experiments }, null, 2)}\n`);
  } finally {
    release();
  }
}
