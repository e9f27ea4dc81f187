import { fail, PenchantError } from "../core/errors.ts";
import { type DatasetReport, shellWord } from "../dataset/index.ts";
import { readReport } from "./datasets.ts";
import type { Session } from "./session.ts";
import { freshName } from "./workspace/names.ts";

/**
 * The report of a data set of that name that comes from somewhere else: `ratings.csv` of another folder must not replace it
 * without a word. Undefined where there is none, or where it cannot be read any more and may be replaced.
 */
export async function otherOf(session: Session, name: string, origin: string): Promise<DatasetReport | undefined> {
  if (!session.workspace.has("dataset", name)) return undefined;
  const other = await readReport(session, name).catch((error: unknown) => {
    if (error instanceof PenchantError) return undefined;
    throw error;
  });
  return other?.source.origin === origin && origin !== "" ? undefined : other;
}

interface Taken {
  readonly session: Session;
  readonly name: string;
  readonly places: readonly string[];
  readonly other: DatasetReport;
}

/** Throws WORKSPACE_TAKEN with the commands for either wish. */
export function refuseName({ session, name, places, other: { source } }: Taken): never {
  const command = (as: string): string => `penchant import ${places.map(shellWord).join(" ")} --name ${as}`;
  const free = freshName(name, session.workspace.names("dataset"));
  fail("WORKSPACE_TAKEN", {
    what: `There is a data set "${name}" already, from ${source.origin || source.source}`,
    fix: `To keep both: ${command(free)}. To replace it: ${command(name)}.`,
    details: { name, source: source.source },
  });
}
