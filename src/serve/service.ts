import { fail, PenchantError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { patiently } from "../core/patience.ts";
import { unwatched, type Watch } from "../core/watch.ts";
import { modelsOf, Pacing, type Pipeline } from "../pipeline/index.ts";
import type { Entry, EventStore, Fields, NumberedEntry, StoreListener } from "../store/index.ts";
import { Catalog, FieldTable } from "./catalog.ts";
import { type Experiment, Experiments } from "./experiments.ts";
import type { ServedModel } from "./model.ts";
import { People } from "./people.ts";
import { Shown } from "./shown.ts";

/** What is gone of a person, as `penchant forget` says it. */
export interface Erased {
  /** Entries of the event log: events, and what was said of the person. */
  readonly events: number;
  readonly datasets: readonly { readonly dataset: string; readonly interactions: number }[];
  readonly runs: readonly { readonly run: string; readonly interactions: number; readonly tables: readonly string[] }[];
  /** Deployments, which are copies of runs. */
  readonly models: readonly {
    readonly model: string;
    readonly interactions: number;
    readonly tables: readonly string[];
  }[];
  readonly checkpoints: readonly string[];
  /** The search through everything that is left: nothing was found. */
  readonly searched: { readonly files: number; readonly bytes: number };
}

/** What the service cannot do by itself, for it knows neither workspaces nor data sets. */
export interface Workshop {
  /** Takes a person out of all there is, `eraseEvents` included, and looks for what is left. */
  forget(user: string, eraseEvents: () => Promise<number>): Promise<Erased>;
  /** A model to answer in place of this one, loaded and checked; what it is, is noted where it outlives the server. */
  load(model: ServedModel, which: Which): Promise<ServedModel>;
}

/** now: what the workspace says; previous: what answered before; a number: that deployment. */
export type Which = "now" | "previous" | number;

export interface ServiceOptions {
  /** Opens the store of events; undefined: events are taken by nobody. */
  readonly openStore?: ((listener: StoreListener) => Promise<EventStore>) | undefined;
  readonly workshop?: Workshop | undefined;
  /** By name; every model that they ask has to be served. */
  readonly pipelines?: ReadonlyMap<string, Pipeline> | undefined;
  /** Told of what goes wrong while nobody waits for it. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  /** Sees what answers are made of. Default: nobody does. */
  readonly watch?: Watch | undefined;
}

/** What answers: models, the people they answer, and the log of what those do. */
export class Service {
  readonly people = new People();
  readonly items = new Catalog();
  readonly users = new FieldTable();
  readonly experiments = new Experiments();
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly watch: Watch;
  /** Prices of pipelines that follow what is shown, by their names. */
  readonly pacing: ReadonlyMap<string, Pacing>;
  readonly #models: ServedModel[];
  readonly #workshop: Workshop | undefined;
  readonly #onTrouble: (error: Error) => void;
  readonly #shown = new WeakMap<ServedModel, Shown>();
  #log: EventStore | undefined;
  #isStopping = false;
  /** Changes of models, one after another. */
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(models: readonly ServedModel[], options: ServiceOptions) {
    const { workshop, pipelines = new Map(), watch = unwatched } = options;
    this.watch = watch;
    this.pipelines = pipelines;
    this.pacing = new Map(Array.from(pipelines.keys(), (name) => [name, new Pacing()]));
    this.#models = [...models];
    this.#workshop = workshop;
    this.#onTrouble = options.onTrouble ?? (() => {});
  }

  /** Reads the event log. Throws STORE_CORRUPT, SERVE_MODEL where a pipeline asks a model that is not among them. The first model is the default. */
  static async open(models: readonly ServedModel[], options: ServiceOptions): Promise<Service> {
    const service = new Service(models, options);
    for (const pipeline of service.pipelines.values()) for (const name of modelsOf(pipeline)) service.model(name);
    service.#log = await options.openStore?.({
      onEntry: (entry) => service.#note(entry),
      onErase: (user, elsewhere) => service.#forget(user, elsewhere),
      onReset: () => service.#reset(),
    });
    return service;
  }

  get models(): readonly ServedModel[] {
    return this.#models;
  }

  /** Number of the last entry on the disk. */
  get lastEvent(): number {
    return this.#log?.last ?? 0;
  }

  /** The model named, or the default one. Throws SERVE_MODEL. */
  model(name?: string): ServedModel {
    const found = name === undefined ? this.#models[0] : this.#models.find((one) => one.name === name);
    if (found) return this.#grown(found);
    const names = this.#models.map((one) => one.name);
    const close = name === undefined ? undefined : nearest(name, names);
    return fail("SERVE_MODEL", {
      what: `No model ${JSON.stringify(name)} is served`,
      expected: names.join(", "),
      fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
    });
  }

  /** Another model that answers, under a name of its own. */
  add(model: ServedModel): void {
    this.#tell(model);
    this.#models.push(model);
  }

  /** Those that run from here on; returned are those that cannot, since nothing answers under their names. */
  runExperiments(all: readonly Experiment[]): readonly Experiment[] {
    const models = new Set(this.#models.map(({ name }) => name));
    const canRun = (one: Experiment) => [models, this.pipelines].some((kind) => kind.has(one.on) && kind.has(one.with));
    this.experiments.set(all.filter(canRun));
    return all.filter((one) => !canRun(one));
  }

  /** Which items of a model may be shown. */
  shown(model: ServedModel): Shown {
    const known = this.#shown.get(model) ?? new Shown(model.recommender, this.items);
    this.#shown.set(model, known);
    return known;
  }

  /** Whether the person is known of: to a model, or by something that was said or done since. */
  knowsUser(user: string): boolean {
    const isHere = this.people.of(user).size > 0 || this.users.of(user) !== undefined;
    return isHere || this.#models.some(({ recommender }) => recommender.knowsUser(user));
  }

  /** Fields of an item; undefined where neither the catalogue nor a model knows it. */
  item(id: string): Fields | undefined {
    return this.items.of(id) ?? (this.#models.some((model) => model.knows(id)) ? {} : undefined);
  }

  /** Resolves when the entries are on the disk and count in every later answer. Throws STORE_WRITE, STORE_BUSY. */
  append(entries: readonly Entry[]): Promise<number> {
    const log = this.#opened();
    return this.watch(
      "store append",
      () => log.append(entries),
      () => ({ entries: entries.length }),
    );
  }

  /** What others have acknowledged until now counts here too, unless the store cannot be reached: then what is in memory does. */
  refresh(): Promise<void> {
    return this.#log?.refresh() ?? Promise.resolve();
  }

  /** Takes a person out of everything, models included, which go on answering meanwhile. Throws as `Workshop.forget` does. */
  forget(user: string): Promise<Erased> {
    const workshop = this.#workshop;
    if (!workshop) return fail("STORE_WRITE", { what: "This server has no workspace to take anybody out of" });
    const log = this.#opened();
    return this.#alone(async () => {
      const erased = await patiently(() => workshop.forget(user, () => log.erase(user)));
      await this.#reload(workshop, user);
      return erased;
    });
  }

  /** Another version of a model answers from here on; where it cannot, all stays as it is. Throws SERVE_MODEL, SERVE_ANSWERS and as loading does. */
  switch(name: string, which: Which): Promise<ServedModel> {
    const workshop = this.#workshop;
    if (!workshop) return fail("SERVE_MODEL", { what: "This server has no workspace to take models from" });
    return this.#alone(async () => {
      const model = this.model(name);
      const next = await workshop.load(model, which);
      this.#take(next);
      return next;
    });
  }

  readiness(): { readonly status: string; readonly models: number; readonly events: string; readonly store: string } {
    const events = this.#log === undefined ? "off" : this.#log.isSound ? "ok" : "failed";
    const status = this.#isStopping ? "stopping" : events === "failed" ? "degraded" : "ready";
    return { status, models: this.#models.length, events, store: this.#log?.kind ?? "none" };
  }

  /** From here on it says that it is not ready; it answers until `close`. */
  stopping(): void {
    this.#isStopping = true;
  }

  async close(): Promise<void> {
    await this.#changes;
    await this.#log?.close();
    for (const model of this.#models) model.retire();
  }

  #opened(): EventStore {
    if (this.#log) return this.#log;
    return fail("STORE_WRITE", { what: "This server keeps no events", fix: "Start it without --no-events." });
  }

  #note(entry: NumberedEntry): void {
    if (entry.type === "item-change") {
      this.items.apply(entry.item, entry);
      for (const { newcomers } of this.#models) newcomers?.note(entry.item, this.items.of(entry.item));
    } else if (entry.type === "user-change") this.users.apply(entry.user, entry);
    else this.people.note(entry);
  }

  #forget(user: string, elsewhere: boolean): void {
    this.people.forget(user);
    this.users.apply(user, { change: "delete" });
    if (elsewhere) void this.#forgetHere(user).catch(this.#onTrouble);
  }

  /** Takes somebody whom another server has erased out of this one's workspace, which may be the same one, and of the models that answer here. */
  async #forgetHere(user: string): Promise<void> {
    const workshop = this.#workshop;
    if (!workshop) return;
    await this.#alone(async () => {
      await patiently(() =>
        workshop
          .forget(user, async () => 0)
          .catch((error: unknown) => {
            if (!(error instanceof PenchantError && error.code === "DATA_USER_UNKNOWN")) throw error;
          }),
      );
      await this.#reload(workshop, user);
    });
  }

  /** Lets models that knew somebody be loaded anew. */
  async #reload(workshop: Workshop, user: string): Promise<void> {
    for (const model of this.#models.filter(({ recommender }) => recommender.knowsUser(user))) {
      this.#take(await patiently(() => workshop.load(model, "now")));
    }
  }

  #reset(): void {
    for (const known of [this.people, this.items, this.users]) known.clear();
    for (const { newcomers } of this.#models) newcomers?.clear();
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => {});
    return done;
  }

  /** The items that were described until now, of a model that is loaded only now. */
  #tell({ newcomers }: ServedModel): void {
    if (newcomers) for (const id of this.items.ids()) newcomers.note(id, this.items.of(id));
  }

  /** The model with the items that were described since it was trained. */
  #grown(model: ServedModel): ServedModel {
    const grown = model.newcomers?.whenDue((items) => model.with(items));
    if (grown) this.#replace(grown);
    return grown ?? model;
  }

  /** A version that was just loaded answers, and for the items that were described until now. */
  #take(model: ServedModel): void {
    this.#tell(model);
    this.#replace(model);
  }

  /** From here on it answers under its name; requests that the one before has begun are finished by that. */
  #replace(by: ServedModel): void {
    const place = this.#models.findIndex(({ name }) => name === by.name);
    this.#models[place]?.retire();
    this.#models[place] = by;
  }
}
