import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { fail } from "../../core/errors.ts";
import { makeFolder, removeAll } from "../../files/folder.ts";
import { onExit } from "./exit.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes a lock file for this process, or throws WORKSPACE_BUSY. The file appears whole (written aside, then linked), so
 * nobody reads half a holder; a lock whose process is gone is taken over. Released on exit, or with the function returned.
 */
export function takeLock(path: string, what: string): () => void {
  const own = `${path}.${process.pid}`;
  try {
    writeHolder(own);
    if (!tryLink(own, path)) {
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) busy(what, holder);
      removeStale(path);
      if (!tryLink(own, path)) busy(what, readHolder(path));
    }
  } finally {
    removeAll(own);
  }
  return onExit(() => rmSync(path, { force: true }));
}

/** Tries again when another process removes the empty folder in between. */
function writeHolder(path: string, attempts = 10): void {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempts === 0) throw error;
    writeHolder(path, attempts - 1);
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined; // released in the meantime, or left empty by a full disk
  }
}

/** A process on another machine (network folder) is taken to live. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** By rename, so that of two processes that see the same stale lock one alone removes it. */
function removeStale(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && isAlive(moved)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function busy(what: string, holder: Holder | undefined): never {
  return fail("WORKSPACE_BUSY", {
    what: `Another process is writing ${what}`,
    received: holder && `process ${holder.pid} on ${holder.host}`,
    fix: "Wait until it is done, or use another name or --workspace.",
    details: { ...holder },
  });
}
