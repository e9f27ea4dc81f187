import { join } from "node:path";
import type { Session } from "./session.ts";
import { takeLock } from "./workspace/lock.ts";

/** Folder of the event log in a workspace. */
export const eventFolder = ({ workspace }: Session): string => join(workspace.root, "events");

/** The keys that `penchant serve` asks for. */
export const keyFile = ({ workspace }: Session): string => join(workspace.root, "keys.json");

/** Keeps other processes from writing to the event log of the workspace until the function returned is called; a store is written to by several. Throws WORKSPACE_BUSY. */
export const lockEvents = ({ workspace, store }: Session): (() => void) =>
  store === undefined ? takeLock(join(workspace.root, "locks", "events"), "the event log of this workspace") : () => {};
