/** Several services behind one address, each below /collections/NAME: models, events, keys, limits and metrics of its own. */
import { createServer, type Server } from "node:http";
import type { FastifyInstance } from "fastify";
import { penchantError } from "../core/errors.ts";
import { httpFailure } from "./failure.ts";

/** The same patience as of one service. */
const OPTIONS = {
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  connectionsCheckingInterval: 3_000,
  keepAliveTimeout: 72_000,
};

/** Nothing listens yet. Beyond /collections/NAME there are /healthz, and /readyz, which is 503 unless all are ready. */
export async function createFront(apps: ReadonlyMap<string, FastifyInstance>): Promise<Server> {
  for (const app of apps.values()) await app.ready();
  return createServer(OPTIONS, async (request, response) => {
    const { url = "/" } = request;
    const [, name = "", rest] = /^\/collections\/([^/?]+)(.*)$/.exec(url) ?? [];
    const app = apps.get(name);
    if (app) {
      request.url = rest?.startsWith("/") ? rest : `/${rest}`;
      app.routing(request, response);
      return;
    }
    const { status, body } = await own(url, apps);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
  });
}

async function own(url: string, apps: ReadonlyMap<string, FastifyInstance>): Promise<{ status: number; body: object }> {
  if (url === "/healthz") return { status: 200, body: { status: "ok" } };
  if (url !== "/readyz")
    return httpFailure(
      penchantError("SERVE_ROUTE", { what: "There is nothing at this address", fix: "Ask below /collections/NAME." }),
    );
  const collections: Record<string, unknown> = {};
  let status = 200;
  for (const [name, app] of apps) {
    const { statusCode, body } = await app.inject({ url: "/readyz" });
    collections[name] = JSON.parse(body);
    if (statusCode !== 200) status = 503;
  }
  return { status, body: { collections } };
}
