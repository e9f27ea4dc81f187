import { join } from "node:path";
import type { Session } from "./session.ts";

/** Folder of the event log in a workspace. */
export const eventFolder = ({ workspace }: Session): string => join(workspace.root, "events");

/** The keys that `penchant serve` asks for. */
export const keyFile = ({ workspace }: Session): string => join(workspace.root, "keys.json");
