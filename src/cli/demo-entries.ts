import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../core/errors.ts";
import type { Session } from "./session.ts";
import type { Kind, Workspace } from "./workspace/workspace.ts";

/** What the demo leaves in the workspace. */
export interface DemoEntry {
  readonly kind: Kind;
  readonly name: string;
}

/** A file in each entry that the demo made: what has none is somebody's own, and is never replaced. */
const MARK = "made-by-demo.txt";

/**
 * Does the work in a workspace aside and takes over the entries named at its end: an interruption leaves nothing, and nobody
 * sees half a demo. Throws WORKSPACE_TAKEN where a name stands for something that the demo did not make, WORKSPACE_BUSY.
 */
export async function makeEntries<T>(
  session: Session,
  entries: readonly DemoEntry[],
  work: (aside: Session) => Promise<T>,
): Promise<T> {
  const { workspace } = session;
  const releases: (() => void)[] = [];
  try {
    for (const { kind, name } of entries) releases.push(workspace.lock(kind, name));
    refuseTaken(workspace, entries);
    return await workspace.aside(async (aside) => {
      const made = await work(session.within(aside));
      session.signal.throwIfAborted();
      for (const { kind, name } of entries) {
        writeFileSync(
          join(aside.path(kind, name), MARK),
          "penchant demo made this, and replaces it when it runs again.\n",
        );
      }
      for (const { kind, name } of entries) workspace.adopt(aside, kind, name);
      return made;
    });
  } finally {
    for (const release of releases.reverse()) release();
  }
}

function refuseTaken(workspace: Workspace, entries: readonly DemoEntry[]): void {
  const taken = entries.filter(
    ({ kind, name }) => workspace.has(kind, name) && !existsSync(join(workspace.path(kind, name), MARK)),
  );
  if (taken.length === 0) return;
  fail("WORKSPACE_TAKEN", {
    what: `The demo would replace ${taken.map(({ kind, name }) => `the ${kind} "${name}"`).join(", ")}`,
    fix: "Run it elsewhere: penchant demo --workspace film-club.",
    details: { taken },
  });
}
