import { existsSync, lstatSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import { isFolder, makeFolder, removeAll } from "../../files/folder.ts";
import { EARLIER } from "./checkpoints.ts";
import { onExit } from "./exit.ts";
import { takeLock } from "./lock.ts";
import { checkName, isName, plainName } from "./names.ts";
import { isAlive, ownerName, ownerOf, self } from "./owner.ts";
import { syncTree } from "./sync.ts";

export type Kind = "dataset" | "run" | "model" | "tuning";

const folders = { dataset: "datasets", run: "runs", model: "models", tuning: "tunings" } as const satisfies Record<
  Kind,
  string
>;
const howToMake = {
  dataset: "Import one: penchant import PATH.",
  run: "Train one: penchant train neumf.",
  model: "Deploy one: penchant deploy RUN --as NAME.",
  tuning: "Begin one: penchant tune MODEL.",
} as const satisfies Record<Kind, string>;

/** Marks the previous version of an entry while it is being replaced. Not part of any valid name. */
const PREVIOUS = "~";

/**
 * A folder with data sets and runs, each a folder of its own. Entries appear whole or not at all: they are written aside,
 * synced, and renamed into place; nothing else in the workspace is touched, and nothing is created before that.
 */
export class Workspace {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Names of the entries, sorted by name; what cannot be an entry (`.DS_Store`, a stray file) is passed over. */
  names(kind: Kind): string[] {
    const folder = join(this.root, folders[kind]);
    if (!existsSync(folder)) return [];
    const entries = readdirSync(folder)
      .filter((name) => isFolder(join(folder, name)))
      .map((name) => (name.endsWith(PREVIOUS) ? name.slice(0, -1) : name));
    return [...new Set(entries)].filter(isName).sort();
  }

  /** Names of the entries, the most recently written first. */
  newestFirst(kind: Kind): string[] {
    const time = (name: string): number => statSync(this.path(kind, name)).mtimeMs;
    return this.names(kind)
      .map((name) => ({ name, time: time(name) }))
      .sort((a, b) => b.time - a.time)
      .map(({ name }) => name);
  }

  has(kind: Kind, name: string): boolean {
    return this.names(kind).includes(name);
  }

  /** Folder of an existing entry. Throws WORKSPACE_UNKNOWN with the nearest name, WORKSPACE_EMPTY when there is none at all. */
  path(kind: Kind, name: string): string {
    const path = this.#target(kind, name);
    if (existsSync(path)) return path;
    if (existsSync(path + PREVIOUS)) return path + PREVIOUS;
    return this.#unknown(kind, name);
  }

  /** The entry named, or the newest one. Throws as `path` does. */
  choose(kind: Kind, name: string | undefined): string {
    if (name !== undefined) {
      this.path(kind, name);
      return name;
    }
    return this.newestFirst(kind)[0] ?? this.#empty(kind);
  }

  /** Keeps other processes from writing the same entry until the function returned is called. Throws WORKSPACE_BUSY. */
  lock(kind: Kind, name: string): () => void {
    const path = join(this.root, "locks", `${kind}-${checkName(kind, name)}`);
    const release = this.#creating(() => takeLock(path, `the ${kind} "${name}"`));
    return onExit(() => {
      release();
      this.tidy();
    });
  }

  /** Writes an entry by filling an empty folder, replacing one of the same name. The caller holds the lock. */
  async write(kind: Kind, name: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const aside = this.#aside(`${kind}-${name}`);
    const entry = join(aside, "entry");
    const clean = onExit(() => removeAll(aside));
    try {
      this.#creating(() => makeFolder(entry));
      await fill(entry);
      syncTree(entry);
      this.#replace(entry, this.#target(kind, name));
    } finally {
      clean();
      this.tidy();
    }
  }

  /** Removes an entry: out of sight in one step, then for good. The caller holds the lock. Throws as `path` does. */
  remove(kind: Kind, name: string): void {
    const aside = join(this.root, "tmp", `${process.pid}-removed-${kind}-${name}`);
    const clean = onExit(() => removeAll(aside));
    try {
      makeFolder(join(aside, ".."));
      renameSync(this.path(kind, name), aside);
      removeAll(this.#target(kind, name) + PREVIOUS);
    } finally {
      clean();
      this.tidy();
    }
  }

  /** Removes what --resume would continue of a run. The caller holds the lock. */
  removeCheckpoints(name: string): void {
    for (const suffix of ["", EARLIER]) removeAll(this.checkpoints(name) + suffix);
    this.tidy();
  }

  /** An empty workspace aside, gone when `work` ends; what is to stay is taken over with `adopt`. */
  async aside<T>(work: (aside: Workspace) => Promise<T>): Promise<T> {
    const root = this.#aside("workspace");
    const clean = onExit(() => removeAll(root));
    try {
      return await work(new Workspace(root));
    } finally {
      clean();
      this.tidy();
    }
  }

  /** Moves an entry of another workspace on the same disk here, replacing one of the same name. The caller holds the lock. */
  adopt(other: Workspace, kind: Kind, name: string): void {
    const entry = other.path(kind, name);
    syncTree(entry);
    this.#replace(entry, this.#target(kind, name));
  }

  /** Where checkpoints of a run in progress are kept: they outlive an interruption, for --resume. */
  checkpoints(name: string): string {
    return join(this.root, "checkpoints", checkName("run", name));
  }

  /** Names of the runs that --resume can continue. */
  resumable(): string[] {
    const folder = join(this.root, "checkpoints");
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).map((name) => (name.endsWith(EARLIER) ? name.slice(0, -1) : name));
    return [...new Set(names)].filter(isName).sort();
  }

  /** Removes helper folders that are empty and what dead processes left aside. */
  tidy(): void {
    const tmp = join(this.root, "tmp");
    for (const entry of existsSync(tmp) ? readdirSync(tmp) : []) {
      if (isLeft(tmp, entry)) rmSync(join(tmp, entry), { recursive: true, force: true });
    }
    const made = ["tmp", "locks", "checkpoints", ...Object.values(folders)].map((folder) => join(this.root, folder));
    for (const folder of [...made, this.root]) removeIfEmpty(folder);
  }

  #aside(what: string): string {
    return join(this.root, "tmp", `${ownerName(self())}@${what}`);
  }

  #target(kind: Kind, name: string): string {
    return join(this.root, folders[kind], checkName(kind, name));
  }

  #replace(entry: string, target: string): void {
    makeFolder(join(target, ".."));
    const previous = target + PREVIOUS;
    if (existsSync(target)) {
      rmSync(previous, { recursive: true, force: true });
      renameSync(target, previous);
    }
    renameSync(entry, target);
    syncTree(join(target, ".."), { deep: false });
    rmSync(previous, { recursive: true, force: true });
  }

  /** Leaves no empty folder behind when it fails. */
  #creating<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      this.tidy();
      const { code, path = this.root } = error as NodeJS.ErrnoException;
      if (code !== undefined && notAFolder.has(code)) {
        fail("WORKSPACE_PERMISSION", {
          what: `The workspace ${this.root} cannot be a folder`,
          received: standingAt(path),
          fix: "Choose another folder with --workspace DIR.",
          cause: error,
        });
      }
      throw error;
    }
  }

  #unknown(kind: Kind, name: string): never {
    const names = this.names(kind);
    if (names.length === 0) this.#empty(kind);
    const close = nearest(name, names) ?? nearest(plainName(name), names);
    return fail("WORKSPACE_UNKNOWN", {
      what: `There is no ${kind} "${name}" in ${this.root}`,
      expected: `one of ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`,
      fix: close ? `Did you mean "${close}"?` : "Use one of the names listed.",
      details: { names },
    });
  }

  #empty(kind: Kind): never {
    return fail("WORKSPACE_EMPTY", { what: `There is no ${kind} in ${this.root} yet`, fix: howToMake[kind] });
  }
}

/** What making a folder answers where a file, a link to nothing or a system without folders stands in its way. */
const notAFolder: ReadonlySet<string> = new Set(["ENOTDIR", "EEXIST", "ENOENT", "ELOOP", "ENAMETOOLONG", "EINVAL"]);

function standingAt(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return `no folder can be made at ${path}`;
  return `${found.isSymbolicLink() ? "a link to nothing" : "a file"} at ${path}`;
}

/** Days after which nobody comes back to what a process of another machine or container put aside. */
const LEFT_AFTER_DAYS = 7;

/** Whether what was put aside has nobody any more: its process is dead, or, where that cannot be seen, it is old. */
function isLeft(folder: string, entry: string): boolean {
  const owner = ownerOf(entry);
  if (owner && !isAlive(owner)) return true;
  const isOwn = owner?.host === self().host && owner.space === self().space;
  const changed = statSync(join(folder, entry), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return !isOwn && Date.now() - changed > LEFT_AFTER_DAYS * 86_400_000;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // not empty, or not there
  }
}
