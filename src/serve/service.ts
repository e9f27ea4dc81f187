import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { EventLog, type LoggedEvent } from "../store/index.ts";
import type { ServedModel } from "./model.ts";
import { People } from "./people.ts";

export interface ServiceOptions {
  /** Where the event log is; undefined: events are taken by nobody. */
  readonly eventFolder?: string | undefined;
}

/** What answers: models, the people they answer, and the log of what those do. */
export class Service {
  readonly people = new People();
  readonly #models: ServedModel[];
  #log: EventLog | undefined;
  #isStopping = false;

  private constructor(models: readonly ServedModel[]) {
    this.#models = [...models];
  }

  /** Reads the event log. Throws STORE_CORRUPT. The first model is the default. */
  static async open(models: readonly ServedModel[], { eventFolder }: ServiceOptions): Promise<Service> {
    const service = new Service(models);
    if (eventFolder !== undefined) {
      service.#log = await EventLog.open(eventFolder, { onEvent: (event) => service.people.note(event) });
    }
    return service;
  }

  get models(): readonly ServedModel[] {
    return this.#models;
  }

  /** Number of the last event on the disk. */
  get lastEvent(): number {
    return this.#log?.last ?? 0;
  }

  /** The model named, or the default one. Throws SERVE_MODEL. */
  model(name?: string): ServedModel {
    const found = name === undefined ? this.#models[0] : this.#models.find((one) => one.name === name);
    if (found) return found;
    const names = this.#models.map((one) => one.name);
    const close = name === undefined ? undefined : nearest(name, names);
    return fail("SERVE_MODEL", {
      what: `No model ${JSON.stringify(name)} is served`,
      expected: names.join(", "),
      fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
    });
  }

  /** Resolves when the events are on the disk and count in every later answer. Throws STORE_WRITE, STORE_BUSY. */
  append(events: readonly LoggedEvent[]): Promise<number> {
    if (this.#log) return this.#log.append(events);
    return fail("STORE_WRITE", {
      what: "This server keeps no events",
      fix: "Start it without --no-events.",
    });
  }

  readiness(): { readonly status: string; readonly models: number; readonly events: string } {
    const events = this.#log === undefined ? "off" : this.#log.isSound ? "ok" : "failed";
    const status = this.#isStopping ? "stopping" : events === "failed" ? "degraded" : "ready";
    return { status, models: this.#models.length, events };
  }

  /** From here on it says that it is not ready; it answers until `close`. */
  stopping(): void {
    this.#isStopping = true;
  }

  async close(): Promise<void> {
    await this.#log?.close();
    for (const model of this.#models) model.retire();
  }
}
