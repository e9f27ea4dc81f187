import { fail, PenchantError, penchantError } from "../core/errors.ts";
import { makeFolder } from "../files/folder.ts";
import { type AppendedFile, type Disk, realDisk, syncFolder } from "./disk.ts";
import type { EventStore, StoreListener } from "./event-store.ts";
import { encodeGroup } from "./frame.ts";
import { GroupCommit } from "./group-commit.ts";
import { cut, eraseFrom, readSegment, removeParts, type Segment, segmentAt, segmentsIn } from "./segments.ts";
import type { Entry } from "./types.ts";

export interface EventLogOptions extends StoreListener {
  /** A file that has grown beyond this is followed by a new one. Default 64 MB. */
  readonly segmentBytes?: number | undefined;
  readonly disk?: Disk | undefined;
}

/**
 * An append-only log of events, and of changes of items and people, in a folder. `append` resolves when its events are on the disk (fdatasync); all calls that come
 * while the disk is at work are written and synced together. One process at a time; the caller sees to that.
 *
 * A write that fails (a full disk) is undone and its callers are told; later ones are tried again. Where the undoing or the sync
 * itself fails nobody knows what is on the disk: the log then takes nothing until it is opened again.
 */
export class EventLog implements EventStore {
  readonly kind = "embedded";
  readonly folder: string;
  readonly #segmentBytes: number;
  readonly #disk: Disk;
  readonly #listener: StoreListener;
  readonly #queue: GroupCommit;
  #segments: Segment[];
  #file: AppendedFile | undefined;
  /** Of the open file. */
  #bytes = 0;
  #last = 0;
  #failure: Error | undefined;
  #isClosed = false;

  private constructor(folder: string, options: EventLogOptions) {
    const { segmentBytes = 64 << 20, mostWaiting = 100_000, disk = realDisk } = options;
    this.folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#disk = disk;
    this.#listener = options;
    this.#queue = new GroupCommit(mostWaiting, (entries) => this.#commit(entries));
    this.#segments = segmentsIn(folder);
  }

  /** Opens a log, and makes one where there is none. A torn end is cut off. Throws STORE_CORRUPT and what the disk says. */
  static async open(folder: string, options: EventLogOptions = {}): Promise<EventLog> {
    makeFolder(folder);
    await removeParts(folder);
    const log = new EventLog(folder, options);
    await log.#recover();
    return log;
  }

  /** Number of the last event on the disk; 0 where there is none. */
  get last(): number {
    return this.#last;
  }

  /** Whether it takes events. */
  get isSound(): boolean {
    return this.#failure === undefined && !this.#isClosed;
  }

  /** Number of the last of the events, once all of them are on the disk. Rejects with STORE_BUSY, STORE_WRITE: none is then. */
  append(events: readonly Entry[]): Promise<number> {
    if (events.length === 0) return Promise.resolve(this.#last);
    if (this.#isClosed) return Promise.reject(penchantError("STORE_WRITE", { what: "The event log is closed" }));
    if (this.#failure) return Promise.reject(this.#failure);
    return this.#queue.append(events);
  }

  /** Takes a person's entries out of every file and returns how many there were; others' keep their numbers. Rejects with STORE_WRITE: some may be left then. */
  async erase(user: string): Promise<number> {
    try {
      return await this.#erase(user);
    } catch (cause) {
      throw cause instanceof PenchantError ? cause : writeFailure(this.folder, cause);
    }
  }

  #erase(user: string): Promise<number> {
    return this.#queue.alone(async () => {
      // the name of the file begun here keeps the numbers of the last events from being given again
      await this.#rotate();
      let erased = 0;
      for (const segment of this.#segments.slice(0, -1)) erased += await eraseFrom(segment, user);
      this.#listener.onErase?.(user, false);
      return erased;
    });
  }

  /** One process writes here, which has seen all of it. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  /** Waits for what was appended, then takes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#queue.alone(() => this.#closeFile());
  }

  async #recover(): Promise<void> {
    for (const [i, segment] of this.#segments.entries()) {
      const isLast = i === this.#segments.length - 1;
      const { entries, sound, bytes } = await readSegment(segment, isLast);
      if (sound < bytes) await cut(segment, sound);
      if (segment.first <= this.#last) {
        fail("STORE_CORRUPT", { what: `The event log ${segment.path} repeats events of the file before it` });
      }
      this.#last = Math.max(entries.at(-1)?.n ?? 0, segment.first - 1);
      for (const entry of entries) this.#listener.onEntry?.(entry);
      this.#bytes = sound;
    }
    const last = this.#segments.at(-1);
    if (last) this.#file = await this.#disk.append(last.path);
  }

  async #commit(entries: readonly Entry[]): Promise<number> {
    let n = this.#last;
    const numbered = entries.map((entry) => ({ n: ++n, ...entry }));
    try {
      if (this.#failure) throw this.#failure;
      await this.#write(encodeGroup(numbered));
    } catch (cause) {
      throw cause instanceof PenchantError ? cause : writeFailure(this.folder, cause);
    }
    this.#last = n;
    for (const entry of numbered) this.#listener.onEntry?.(entry);
    return n;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (!this.#file || this.#bytes >= this.#segmentBytes) await this.#rotate();
    const file = this.#file as AppendedFile;
    try {
      for (let done = 0; done < bytes.length; ) {
        const written = await file.write(bytes.subarray(done));
        if (written <= 0) throw new Error("nothing was written");
        done += written;
      }
    } catch (error) {
      await this.#orFail(() => file.truncate(this.#bytes));
      throw error;
    }
    await this.#orFail(() => file.sync());
    this.#bytes += bytes.length;
  }

  /** Does what must not fail; where it does, the log takes nothing any more. */
  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#failure = writeFailure(this.folder, cause, "Restart the server when the disk is well again.");
      throw this.#failure;
    }
  }

  async #rotate(): Promise<void> {
    const file = this.#file;
    // What was cut off after a failed write must not come back before the events that follow.
    if (file) await this.#orFail(() => file.sync());
    const segment = segmentAt(this.folder, this.#last + 1);
    if (this.#segments.at(-1)?.first === segment.first) return; // the last file holds nothing yet
    await this.#closeFile();
    this.#file = await this.#disk.append(segment.path);
    this.#bytes = 0;
    this.#segments.push(segment);
    // A file whose name is not on the disk is one that may not be there after a loss of power.
    await this.#orFail(() => syncFolder(this.folder));
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

function writeFailure(folder: string, cause: unknown, fix?: string): PenchantError {
  const received = cause instanceof Error ? cause.message : String(cause);
  return penchantError("STORE_WRITE", { what: `Events cannot be written to ${folder}`, received, fix, cause });
}
