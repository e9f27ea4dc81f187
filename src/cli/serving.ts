import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { isIP } from "node:net";
import { fail } from "../core/errors.ts";
import { closeConnections, createApp, createFront, type Key, parseKeys, type Service } from "../serve/index.ts";
import { collectionsOf } from "./collections.ts";
import type { ServeArguments } from "./commands/serve.ts";
import { takeTimeToStop } from "./interrupt.ts";
import { keyFile } from "./service-files.ts";
import { followWorkspace, openService } from "./service-opening.ts";
import type { Session } from "./session.ts";
import { packageVersion } from "./version.ts";

type ServedModels = readonly { readonly name: string; readonly run: string; readonly version: string }[];

/** What `penchant serve --json` prints when it has stopped. */
export interface Served {
  readonly url: string;
  /** Of the first collection, where there are several. */
  readonly models: ServedModels;
  readonly requests: number;
  /** Number of the last event in the log. */
  readonly lastEvent: number;
  readonly seconds: number;
  readonly collections?: readonly {
    readonly name: string;
    readonly models: ServedModels;
    readonly lastEvent: number;
  }[];
}

/** How long answers under way may take to finish after the signal to stop, in milliseconds. */
const DRAIN = 20_000;

/** Answers until the session is interrupted. Throws SERVE_ADDRESS, SERVE_KEYS, WORKSPACE_BUSY, and what loading a run throws. */
export async function serveRuns(session: Session, names: readonly string[], options: ServeArguments): Promise<Served> {
  const start = performance.now();
  const places = collectionsOf(session, names, options);
  const opened: Opened[] = [];
  let requests = 0;
  try {
    for (const place of places) opened.push(await openApp(place, options, () => requests++));
    const first = opened[0] as Opened;
    const { url, end } =
      first.name === undefined ? await listenApp(first.app, options) : await listenFront(opened, options);
    const models = first.service.models.map(({ name }) => name);
    const named = first.name === undefined ? {} : { collections: opened.map(({ name }) => name) };
    first.app.log.info({ url, models, events: first.service.lastEvent, keys: first.keys, ...named }, "ready");
    takeTimeToStop(DRAIN);
    await interrupted(session.signal);
    for (const { service, unfollow } of opened) {
      unfollow();
      service.stopping();
    }
    first.app.log.info("stopping");
    await end();
    for (const { stop } of opened) await stop();
    const described = opened.map(({ name = "", service }) => ({
      ...{ name, lastEvent: service.lastEvent },
      models: service.models.map(({ name, run, version }) => ({ name, run, version })),
    }));
    const seconds = (performance.now() - start) / 1000;
    const { models: own, lastEvent } = described[0] as (typeof described)[number];
    return {
      url,
      models: own,
      requests,
      lastEvent,
      seconds,
      ...(first.name !== undefined && { collections: described }),
    };
  } finally {
    for (const { stop } of opened) await stop();
  }
}

/** A workspace to serve. */
export interface Place {
  /** Undefined where it is the only one, at the root. */
  readonly name: string | undefined;
  readonly session: Session;
  readonly names: readonly string[];
  readonly pipelines: readonly string[];
}

interface Opened {
  readonly name: string | undefined;
  readonly service: Service;
  readonly app: ReturnType<typeof createApp>;
  readonly keys: number;
  unfollow(): void;
  /** Answers what is under way, and closes; may be called again. */
  stop(): Promise<void>;
}

async function openApp(
  { name, session, names, pipelines }: Place,
  options: ServeArguments,
  asked: () => void,
): Promise<Opened> {
  const keys = keysOf(session, options.keys);
  checkOpen(options, keys);
  const { service, engine, tracing, close } = await openService(session, names, {
    pipeline: pipelines,
    events: options.events,
  });
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
    tracing,
  });
  app.addHook("onRequest", async () => asked());
  const unfollow = followWorkspace(session, engine, service, app.log);
  const stop = async () => {
    unfollow();
    await app.close();
    await close();
  };
  return { name, service, app, keys: keys?.length ?? 0, unfollow, stop };
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

interface Listening {
  readonly url: string;
  /** Takes no more connections, and waits for those that are answered. */
  end(): Promise<void>;
}

async function listenApp(app: Opened["app"], options: ServeArguments): Promise<Listening> {
  const url = await listening(options, () => app.listen({ host: options.host, port: options.port }));
  return { url, end: () => app.close() };
}

/** All collections behind one address. */
async function listenFront(opened: readonly Opened[], options: ServeArguments): Promise<Listening> {
  const { host, port } = options;
  const front = await createFront(new Map(opened.map(({ name = "", app }) => [name, app])));
  const url = await listening(options, async () => {
    await new Promise<void>((resolve, reject) => front.once("error", reject).listen(port, host, resolve));
    const { address, port: own, family } = front.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${own}`;
  });
  const end = async () => {
    closeConnections(front, () => opened.some(({ app }) => app.isAnswering()));
    await new Promise((resolve) => front.close(resolve));
  };
  return { url, end };
}

async function listening({ host, port }: ServeArguments, listen: () => Promise<string>): Promise<string> {
  try {
    return await listen();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const isTaken = code === "EADDRINUSE";
    return fail("SERVE_ADDRESS", {
      what: isTaken ? `Something listens at ${host}:${port} already` : `Listening at ${host}:${port} is not possible`,
      received: message,
      fix: isTaken ? "Choose another --port; 0 takes any that is free." : undefined,
      cause,
    });
  }
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
