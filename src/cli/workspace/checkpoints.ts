import { existsSync, renameSync } from "node:fs";
import { removeAll } from "../../files/folder.ts";
import { onExit } from "./exit.ts";

/** Marks the checkpoint of an earlier training while a later one of the same name has not earned its place. */
export const EARLIER = "~";

export interface PlaceOptions {
  /** Continue what is there; it is never undone. */
  readonly resume: boolean;
  /** Whether a folder holds a checkpoint that can be resumed. */
  readonly isComplete: (directory: string) => boolean;
  /** Whether the checkpoint should outlive this process, if it ended now. */
  readonly isWorthKeeping: () => boolean;
}

/**
 * Where a training keeps its checkpoint. What an earlier training of that name left there, when it was killed, is put aside
 * for as long as this one goes on, and comes back unless this one is finished or worth resuming. When this process
 * is killed too, --resume finds the newer of the two.
 */
export class CheckpointPlace {
  readonly directory: string;
  readonly #options: PlaceOptions;
  readonly #settle: () => void;
  #isDone = false;

  /** The caller holds the lock of the run. */
  constructor(directory: string, options: PlaceOptions) {
    this.directory = directory;
    this.#options = options;
    const isFilled = options.isComplete(directory);
    if (options.resume && !isFilled) this.#bringBack();
    if (!options.resume && isFilled) {
      removeAll(this.#earlier);
      renameSync(directory, this.#earlier);
    }
    this.#settle = onExit(() => this.#end());
  }

  get isFilled(): boolean {
    return this.#options.isComplete(this.directory);
  }

  /** Whether --resume will find this training's checkpoint, if it ends now. */
  get isKept(): boolean {
    return !this.#isDone && (this.#options.resume || this.#options.isWorthKeeping()) && this.isFilled;
  }

  /** The run is saved: no checkpoint is needed any more. */
  done(): void {
    this.#isDone = true;
  }

  /** Ends the matter now rather than when the process exits. */
  settle(): void {
    this.#settle();
  }

  get #earlier(): string {
    return this.directory + EARLIER;
  }

  #end(): void {
    if (this.#isDone) removeAll(this.directory);
    if (this.#isDone || this.isKept) removeAll(this.#earlier);
    else this.#bringBack();
  }

  /** As if this training had never begun. */
  #bringBack(): void {
    if (!this.#options.resume || !this.isFilled) removeAll(this.directory);
    if (existsSync(this.#earlier) && !existsSync(this.directory)) renameSync(this.#earlier, this.directory);
  }
}
