import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, told apart from those of other machines and containers that share a folder. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Where the process number means something: containers on one machine, with one name even, count from 1 each. */
  readonly space: string;
}

/** This process. */
export const self = (): Owner => ({ pid: process.pid, host: hostname(), space: pidSpace() });

/** Part of a file's name: it is there as soon as the file is, and whole. */
export const ownerName = ({ pid, host, space }: Owner): string => `${pid}@${encodeURIComponent(host)}@${space}`;

/** The owner that a file's name begins with. */
export function ownerOf(name: string): Owner | undefined {
  const [, pid, host, space] = /^(\d+)@([^@]*)@([^@]*)@/.exec(name) ?? [];
  if (pid === undefined || host === undefined || space === undefined) return undefined;
  try {
    return { pid: Number(pid), host: decodeURIComponent(host), space };
  } catch {
    return undefined; // no name of ours
  }
}

/** Whether its process lives; one on another machine or in another container is taken to. */
export function isAlive({ pid, host, space }: Owner): boolean {
  const own = self();
  if (host !== own.host || space !== own.space || pid === own.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The number of the process namespace, on Linux. */
function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "";
  }
}
