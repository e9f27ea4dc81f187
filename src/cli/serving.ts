import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { FastifyBaseLogger } from "fastify";
import { fail, PenchantError } from "../core/errors.ts";
import type { Engine } from "../engine/contract.ts";
import { modelsOf } from "../pipeline/index.ts";
import { createApp, type Key, parseKeys, type ServedModel, Service } from "../serve/index.ts";
import type { ServeArguments } from "./commands/serve.ts";
import { activeNumber, changedAt, loadDeployed, readDeployments } from "./deployments.ts";
import { openEngine } from "./engine.ts";
import { experimentsChangedAt, readExperiments } from "./experiments.ts";
import { forget } from "./forgetting.ts";
import { takeTimeToStop } from "./interrupt.ts";
import { readPipelines } from "./pipelines.ts";
import { openRun } from "./runs.ts";
import { eventFolder, keyFile, lockEvents } from "./service-files.ts";
import type { Session } from "./session.ts";
import { packageVersion } from "./version.ts";

/** What `penchant serve --json` prints when it has stopped. */
export interface Served {
  readonly url: string;
  readonly models: readonly { readonly name: string; readonly run: string; readonly version: string }[];
  readonly requests: number;
  /** Number of the last event in the log. */
  readonly lastEvent: number;
  readonly seconds: number;
}

/** How long answers under way may take to finish after the signal to stop, in milliseconds. */
const DRAIN = 20_000;

/** How often is looked whether something was deployed or rolled back, in milliseconds. */
const FOLLOW = 500;

/** Answers until the session is interrupted. Throws SERVE_ADDRESS, SERVE_KEYS, WORKSPACE_BUSY, and what loading a run throws. */
export async function serveRuns(session: Session, names: readonly string[], options: ServeArguments): Promise<Served> {
  const keys = keysOf(session, options.keys);
  checkOpen(options, keys);
  const start = performance.now();
  const { service, engine, close } = await openService(session, names, options);
  try {
    let requests = 0;
    const app = createApp(service, {
      version: packageVersion(),
      keys,
      rate: options.rate,
      concurrency: options.concurrency,
      timeout: options.timeout * 1000,
      bodyLimit: options.bodyLimit,
      origins: options.origin,
      trustProxy: options.trustProxy,
      log: process.stderr,
    });
    app.addHook("onRequest", async () => void requests++);
    const url = await listen(app, options);
    app.log.info(
      { url, models: service.models.map(({ name }) => name), events: service.lastEvent, keys: keys?.length ?? 0 },
      "ready",
    );
    takeTimeToStop(DRAIN);
    const stopFollowing = followWorkspace(session, engine, service, app.log);
    await interrupted(session.signal);
    stopFollowing();
    service.stopping();
    app.log.info("stopping");
    await app.close();
    await close();
    const described = service.models.map(({ name, run, version }) => ({ name, run, version }));
    const seconds = (performance.now() - start) / 1000;
    return { url, models: described, requests, lastEvent: service.lastEvent, seconds };
  } finally {
    await close();
  }
}

/** Models of the workspace with its event log, for one process at a time. `close` may be called again. Throws WORKSPACE_BUSY, and what loading a run throws. */
export async function openService(
  session: Session,
  names: readonly string[],
  { pipeline = [], events }: { readonly pipeline?: readonly string[] | undefined; readonly events: boolean },
): Promise<{ readonly service: Service; readonly engine: Engine; close(): Promise<void> }> {
  const engine = await openEngine(session);
  const pipelines = readPipelines(pipeline);
  const models = await loadModels(session, engine, [...names, ...[...pipelines.values()].flatMap(modelsOf)]);
  const release = events ? lockEvents(session) : () => {};
  try {
    const service = await Service.open(models, {
      eventFolder: events ? eventFolder(session) : undefined,
      pipelines,
      workshop: {
        forget: (user, eraseEvents) => forget(session, user, eraseEvents),
        load: ({ name }, which) => loadDeployed(session, engine, name, which),
      },
    });
    await loadExperiments(session, engine, service);
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      await service.close().finally(release);
    };
    return { service, engine, close };
  } catch (error) {
    release();
    throw error;
  }
}

/** Lets the experiments of the workspace run, with the models that they need; returns those that cannot run here. */
async function loadExperiments(session: Session, engine: Engine, service: Service): Promise<readonly string[]> {
  const running = readExperiments(session).filter(({ stopped }) => stopped === null);
  const isServed = (name: string) => service.models.some((model) => model.name === name);
  for (const { on, with: name } of running) {
    if (isServed(on) && !isServed(name)) service.add(await loadDeployed(session, engine, name, "now"));
  }
  return service.runExperiments(running).map(({ name }) => name);
}

/** Deployed models and runs of these names; of none: all that are deployed, or else the newest run. */
async function loadModels(session: Session, engine: Engine, names: readonly string[]): Promise<ServedModel[]> {
  const deployed = Object.keys(readDeployments(session));
  const wanted = names.length > 0 ? names : deployed.length > 0 ? deployed : [(await openRun(session, undefined)).name];
  const models: ServedModel[] = [];
  for (const name of new Set(wanted)) models.push(await loadDeployed(session, engine, name, "now"));
  return models;
}

/** Lets what others deploy or roll back, and experiments that they start or stop, count here too; stopped by the function returned. */
function followWorkspace(session: Session, engine: Engine, service: Service, log: FastifyBaseLogger): () => void {
  const stateOf = () => `${changedAt(session)} ${experimentsChangedAt(session)}`;
  let seen = stateOf();
  const look = async (): Promise<void> => {
    const changed = stateOf();
    if (changed === seen) return;
    try {
      for (const { name, deployment } of service.models) {
        const number = activeNumber(session, name);
        if (number === undefined || number === deployment) continue;
        const { version } = await service.switch(name, "now");
        log.info({ model: name, deployment: number, version }, "switched");
      }
      const idle = await loadExperiments(session, engine, service);
      for (const experiment of idle) log.warn({ experiment }, "not run: its models or pipelines are not served");
      seen = changed;
    } catch (error) {
      if (error instanceof PenchantError && error.code === "WORKSPACE_BUSY") return; // it is being written: later
      seen = changed; // said once
      log.error({ error: String(error) }, "not switched");
    }
  };
  let timer = setTimeout(function again() {
    void look().then(() => {
      if (!isStopped) timer = setTimeout(again, FOLLOW);
    });
  }, FOLLOW);
  let isStopped = false;
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** Keys of the file named, or of the workspace's own; undefined where there is none. */
function keysOf(session: Session, path: string | undefined): readonly Key[] | undefined {
  const file = path ?? keyFile(session);
  if (path === undefined && !existsSync(file)) return undefined;
  return parseKeys(readFileSync(file, "utf8"), file);
}

/** Nobody is let in from elsewhere by oversight. */
function checkOpen({ host, open }: ServeArguments, keys: readonly Key[] | undefined): void {
  const isLocal = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  if (isLocal || open || (keys && keys.length > 0)) return;
  fail("SERVE_ADDRESS", {
    what: `At ${host} everybody who reaches this machine could ask, and there are no keys`,
    fix: "Make a key with penchant keys add NAME, or say --open.",
  });
}

async function listen(app: ReturnType<typeof createApp>, { host, port }: ServeArguments): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    await app.close();
    const isTaken = code === "EADDRINUSE";
    return fail("SERVE_ADDRESS", {
      what: isTaken ? `Something listens at ${host}:${port} already` : `Listening at ${host}:${port} is not possible`,
      received: message,
      fix: isTaken ? "Choose another --port; 0 takes any that is free." : undefined,
      cause,
    });
  }
}

export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
