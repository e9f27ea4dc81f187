import type { FastifyBaseLogger } from "fastify";
import { PenchantError } from "../core/errors.ts";
import { patiently } from "../core/patience.ts";
import type { Engine } from "../engine/contract.ts";
import { modelsOf } from "../pipeline/index.ts";
import { openTracing, type ServedModel, Service, type Tracing } from "../serve/index.ts";
import { activeNumber, changedAt, loadDeployed, readDeployments } from "./deployments.ts";
import { openEngine } from "./engine.ts";
import { openStore } from "./event-source.ts";
import { experimentsChangedAt, readExperiments } from "./experiments.ts";
import { forgetWith } from "./forgetting.ts";
import { readPipelines } from "./pipelines.ts";
import { openRun } from "./runs.ts";
import { lockEvents } from "./service-files.ts";
import type { Session } from "./session.ts";
import { coded } from "./system-failure.ts";
import { packageVersion } from "./version.ts";

/** How often is looked whether something was deployed or rolled back, in milliseconds. */
const FOLLOW = 500;

export interface OpenedService {
  readonly service: Service;
  readonly engine: Engine;
  readonly tracing: Tracing | undefined;
  /** May be called again. */
  close(): Promise<void>;
}

/** Models of the workspace with its event log, for one process at a time. Throws WORKSPACE_BUSY, and what loading a run throws. */
export async function openService(
  session: Session,
  names: readonly string[],
  { pipeline = [], events }: { readonly pipeline?: readonly string[] | undefined; readonly events: boolean },
): Promise<OpenedService> {
  const engine = await openEngine(session);
  const tracing = await openTracing(packageVersion());
  const pipelines = readPipelines(pipeline);
  const models = await loadModels(session, engine, [...names, ...[...pipelines.values()].flatMap(modelsOf)]);
  const release = events ? lockEvents(session) : () => {};
  try {
    const service = await Service.open(models, {
      openStore: events ? (listener) => openStore(session, listener) : undefined,
      onTrouble: (error) => session.note(error.message),
      pipelines,
      watch: tracing?.watch,
      workshop: {
        forget: (user, eraseEvents) => coded(() => forgetWith(session, user, eraseEvents)),
        load: ({ name }, which) => coded(() => loadDeployed(session, engine, name, which)),
      },
    });
    await loadExperiments(session, engine, service);
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      await service.close().finally(release);
    };
    return { service, engine, tracing, close };
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
  for (const name of new Set(wanted)) models.push(await patiently(() => loadDeployed(session, engine, name, "now")));
  return models;
}

/** Lets what others deploy or roll back, and experiments that they start or stop, count here too; stopped by the function returned. */
export function followWorkspace(
  session: Session,
  engine: Engine,
  service: Service,
  log: FastifyBaseLogger,
): () => void {
  const stateOf = () => `${changedAt(session)} ${experimentsChangedAt(session)}`;
  let seen = stateOf();
  let events = "ok";
  const look = async (): Promise<void> => {
    const now = service.readiness().events;
    if (now === "failed" && now !== events) log.error("events are not taken");
    if (now === "ok" && now !== events) log.info("events are taken again");
    events = now;
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
