import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { onTestFinished } from "vitest";
import { type Artifact, loadArtifact, saveArtifact } from "../../src/artifact/index.ts";
import { referenceEngine as engine } from "../../src/engine/reference/index.ts";
import type { Pipeline } from "../../src/pipeline/index.ts";
import { forgetUser } from "../../src/retrieve/index.ts";
import { type AppOptions, createApp } from "../../src/serve/app.ts";
import { ServedModel } from "../../src/serve/model.ts";
import { type Erased, Service } from "../../src/serve/service.ts";
import { EventLog, type EventStore, type StoreListener } from "../../src/store/index.ts";
import { temporaryFolder } from "./folder.ts";
import { tinyArtifact } from "./tiny-artifact.ts";

export interface Started {
  readonly app: FastifyInstance;
  readonly service: Service;
}

export async function started(
  options: Partial<AppOptions> & {
    readonly folder?: string;
    readonly workshop?: "forgets anna";
    readonly pipelines?: Record<string, Pipeline>;
    /** By the names of their models, the first one the default. Default: `tiny`. */
    readonly artifacts?: Readonly<Record<string, Artifact>>;
    /** Default: files in the folder. */
    readonly openStore?: (listener: StoreListener) => Promise<EventStore>;
  } = {},
): Promise<Started> {
  const { folder = temporaryFolder(), workshop, pipelines = {}, artifacts, openStore, ...rest } = options;
  const run = join(temporaryFolder(), "run");
  await saveArtifact(run, tinyArtifact());
  const load = () => ServedModel.load({ name: "tiny", run: "tiny-1", folder: run, engine, threads: 1 });
  const others = Object.entries(artifacts ?? {}).map(async ([name, artifact]) => {
    const folder = join(temporaryFolder(), name);
    await saveArtifact(folder, artifact);
    return ServedModel.load({ name, run: `${name}-1`, folder, engine, threads: 1 });
  });
  const service = await Service.open(artifacts ? await Promise.all(others) : [await load()], {
    openStore: openStore ?? ((listener) => EventLog.open(join(folder, "events"), listener)),
    pipelines: new Map(Object.entries(pipelines)),
    watch: rest.tracing?.watch,
    workshop: workshop && { load, forget: (user, erase) => forgetIn(run, user, erase) },
  });
  const app = createApp(service, { version: "0.0.0", ...rest });
  onTestFinished(async () => {
    await app.close();
    await service.close();
  });
  return { app, service };
}

async function forgetIn(run: string, user: string, eraseEvents: () => Promise<number>): Promise<Erased> {
  const forgotten = forgetUser(await loadArtifact(run), user);
  if (forgotten) await saveArtifact(run, forgotten.artifact, { overwrite: true });
  const { interactions = 0, tables = [] } = forgotten ?? {};
  const events = await eraseEvents();
  const searched = { files: 0, bytes: 0 };
  return {
    events,
    datasets: [],
    runs: [{ run: "tiny-1", interactions, tables }],
    models: [],
    checkpoints: [],
    searched,
  };
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly error?: { readonly code: string } };
  readonly headers: Record<string, unknown>;
}

export async function ask(
  app: FastifyInstance,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS",
  url: string,
  payload?: object,
): Promise<Answer> {
  const response = await app.inject({ method, url, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.body ? response.json() : {}, headers: response.headers };
}

export const items = ({ body }: Answer): string[] => (body["items"] as { item: string }[]).map(({ item }) => item);
