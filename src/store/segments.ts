import { readdirSync, statSync } from "node:fs";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "../core/errors.ts";
import { syncFolder } from "./disk.ts";
import { encodeGroup, scanGroups } from "./frame.ts";
import type { NumberedEntry } from "./types.ts";

const PART = ".part";
const NAME = /^events-(\d{15})\.log$/;

/** A file of the log, named after the number of the first event that it may hold. */
export interface Segment {
  readonly path: string;
  readonly first: number;
}

export const segmentAt = (folder: string, first: number): Segment => ({
  path: join(folder, `events-${String(first).padStart(15, "0")}.log`),
  first,
});

/** Whether a file of this name belongs to a log. */
export const isSegment = (name: string): boolean => NAME.test(name);

/** The files of a log in the order of their events; none where there is no folder. */
export function segmentsIn(folder: string): Segment[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => segmentAt(folder, Number(NAME.exec(name)?.[1])));
}

/** Entries of a file, and how many of its bytes hold them. Throws STORE_CORRUPT, unless it is the last one and its end is torn. */
export async function readSegment(
  { path, first }: Segment,
  isLast: boolean,
): Promise<{ readonly entries: readonly NumberedEntry[]; readonly sound: number; readonly bytes: number }> {
  const bytes = await readFile(path);
  const { entries, sound, damaged } = scanGroups(bytes);
  let before = first - 1;
  for (const { n } of entries) {
    if (n <= before) corrupt(path, `entry ${n} follows entry ${before}`);
    before = n;
  }
  if (sound < bytes.length && (damaged || !isLast)) corrupt(path, `no group of events can be read at byte ${sound}`);
  return { entries, sound, bytes: bytes.length };
}

function corrupt(path: string, received: string): never {
  return fail("STORE_CORRUPT", { what: `The event log ${path} is damaged`, received, details: { path } });
}

/** Whether anything of a person stands in a file. Throws STORE_CORRUPT. */
export async function holdsPerson(path: string, user: string): Promise<boolean> {
  const first = Number(NAME.exec(basename(path))?.[1]);
  const { entries } = await readSegment({ path, first }, true);
  return entries.some((entry) => entry.type !== "item-change" && entry.user === user);
}

/** Cuts a torn end off, for good. */
export async function cut({ path }: Segment, sound: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(sound);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a file anew without a person's entries, whole or not at all; how many there were. */
export async function eraseFrom(segment: Segment, user: string): Promise<number> {
  const { entries } = await readSegment(segment, false);
  const rest = entries.filter((entry) => entry.type === "item-change" || entry.user !== user);
  if (rest.length === entries.length) return 0;
  const aside = `${segment.path}${PART}`;
  try {
    await writeFile(aside, rest.length > 0 ? encodeGroup(rest) : "");
    const file = await open(aside, "r+");
    await file.sync().finally(() => file.close());
    await rename(aside, segment.path);
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(dirname(segment.path));
  return entries.length - rest.length;
}

/** Removes what an erasure that was killed put aside. */
export async function removeParts(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) if (name.endsWith(PART)) await rm(join(folder, name), { force: true });
}
