import { randomUUID } from "node:crypto";
import { readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../core/errors.ts";
import { makeFolder } from "../../files/folder.ts";
import { onExit } from "./exit.ts";
import { isAlive, type Owner, ownerName, ownerOf, self } from "./owner.ts";

/** How often a process that meets another one at the same moment tries again, and for how long it waits at most, in ms. */
const ATTEMPTS = 100;
const PAUSE = 10;

/**
 * Takes the lock that a folder stands for, or throws WORKSPACE_BUSY. Released on exit, or with the function returned.
 *
 * Whoever wants the lock first puts a file of its own into the folder, then looks at the others' files: of two, the later one
 * sees the earlier. So there is no moment at which two hold it, and none at which a file that somebody relies on is absent; a
 * file whose process is gone is removed by whoever sees it.
 */
export function takeLock(folder: string, what: string): () => void {
  for (let attempt = 0; ; attempt++) {
    const mine = `${ownerName(self())}@${randomUUID()}`;
    announce(join(folder, `${mine}.claim`));
    const others = othersIn(folder, mine);
    if (others.length === 0) {
      try {
        renameSync(join(folder, `${mine}.claim`), join(folder, `${mine}.held`));
      } catch (error) {
        release(folder, `${mine}.claim`); // else nobody gets it while this process lives
        throw error;
      }
      return onExit(() => release(folder, `${mine}.held`));
    }
    release(folder, `${mine}.claim`);
    const holder = others.find(({ isHeld }) => isHeld) ?? (attempt === ATTEMPTS ? others[0] : undefined);
    if (holder) busy(what, holder, folder);
    pause(Math.random() * PAUSE);
  }
}

/** Tries again when another process removes the empty folder in between. */
function announce(path: string, attempts = 10): void {
  try {
    makeFolder(join(path, ".."));
    writeFileSync(path, "", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempts === 0) throw error;
    announce(path, attempts - 1);
  }
}

interface Other extends Owner {
  readonly file: string;
  readonly isHeld: boolean;
}

/** Files of living processes other than one's own; those of dead ones are removed. */
function othersIn(folder: string, mine: string): Other[] {
  const others: Other[] = [];
  for (const file of readdirSync(folder)) {
    const owner = ownerOf(file);
    if (!owner || file.startsWith(mine)) continue;
    if (isAlive(owner)) others.push({ ...owner, file, isHeld: file.endsWith(".held") });
    else rmSync(join(folder, file), { force: true });
  }
  return others;
}

function release(folder: string, file: string): void {
  rmSync(join(folder, file), { force: true });
  try {
    rmdirSync(folder);
  } catch {
    // others are there, or were faster
  }
}

const pause = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function busy(what: string, { pid, host, file }: Other, folder: string): never {
  const isElsewhere = host !== self().host;
  return fail("WORKSPACE_BUSY", {
    what: `Another process is writing ${what}`,
    received: `process ${pid} on ${host}`,
    fix: `Wait until it is done, or use another name or --workspace.${
      isElsewhere ? ` If that process is gone, remove ${join(folder, file)}.` : ""
    }`,
    details: { pid, host },
  });
}
