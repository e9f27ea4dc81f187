import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { asWord, loadDataset } from "../dataset/index.ts";
import { holdsPerson, isSegment } from "../store/index.ts";

/** Ids shorter than this (bytes) are met by chance anywhere: of those, whole texts alone count. */
const TELLING = 5;

/** What was looked at for traces of a user, and what was found. */
export interface Traces {
  readonly files: number;
  readonly bytes: number;
  /** Files of the workspace in which something of the user stands. */
  readonly found: readonly string[];
}

/**
 * Looks for an id in every file of a workspace: ids of users entry by entry, JSON text by text, everything else (weights,
 * checkpoints, leftovers) byte by byte. Lists of items are left out: an item may be called the same.
 */
export async function tracesOf(root: string, userId: string): Promise<Traces> {
  const found: string[] = [];
  let [files, bytes] = [0, 0];
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "items.ids") continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    files++;
    bytes += content.length;
    if (await holds(path, entry.name, content, userId)) found.push(relative(root, path));
  }
  return { files, bytes, found };
}

async function holds(path: string, name: string, content: Buffer, id: string): Promise<boolean> {
  const isTelling = Buffer.byteLength(id) >= TELLING;
  if (name === "users.ids") return content.toString("utf8").split("\n").includes(JSON.stringify(id));
  // ids of a data set stand in its arrays end to end, so that bytes alone tell nothing
  if (/^arrays-[0-9a-f]{16}\.bin$/.test(name)) {
    const { interactions } = await loadDataset(join(path, ".."));
    return interactions.users.index(id) !== undefined;
  }
  // what people did stands beside the items that they did it with, which may be called the same
  if (isSegment(name)) return holdsPerson(path, id);
  const texts = name.endsWith(".json") ? textsOf(content) : undefined;
  if (texts) return texts.some((text) => text === id || (isTelling && asWord(id).test(text)));
  return isTelling && includesWord(content, Buffer.from(id));
}

/** Every text in a JSON document; undefined where it is none. */
function textsOf(content: Buffer): string[] | undefined {
  const texts: string[] = [];
  try {
    JSON.parse(content.toString("utf8"), (_, value: unknown) => {
      if (typeof value === "string") texts.push(value);
      return value;
    });
    return texts;
  } catch {
    return undefined;
  }
}

/** Whether the bytes stand somewhere with no letter or digit beside them. */
function includesWord(content: Buffer, word: Buffer): boolean {
  for (let at = content.indexOf(word); at >= 0; at = content.indexOf(word, at + 1)) {
    if (!isWordByte(content[at - 1]) && !isWordByte(content[at + word.length])) return true;
  }
  return false;
}

const isWordByte = (byte: number | undefined): boolean =>
  byte !== undefined && /[A-Za-z0-9]/.test(String.fromCharCode(byte));
