/**
 * The requests of the service as tools of the Model Context Protocol (https://modelcontextprotocol.io/specification/2025-06-18): JSON-RPC 2.0, a message a line.
 * Written here, because the official SDK brings more packages than this service has.
 */
import Type, { type TSchema } from "typebox";
import { checker } from "../pipeline/index.ts";
import { httpFailure } from "./failure.ts";
import type { Scope } from "./keys.ts";
import { type Asked, answerTo, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import type { Service } from "./service.ts";

/** Versions of the protocol that are spoken, the newest first; they differ in nothing that is used here. */
const VERSIONS = ["2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** Codes of JSON-RPC 2.0. */
const CODE = { parse: -32_700, request: -32_600, method: -32_601, params: -32_602, internal: -32_603 } as const;

const INSTRUCTIONS =
  "Recommendations from a trained model. recommend lists items for a user or for somebody of whom a few items are known; similar lists items like another one; " +
  "record_events tells what people did, which counts in the next list; item says what is known of an item. Ids are those of the data.";

/** Answers a request, whose parts are checked; throws a `PenchantError` where it cannot be answered. */
export type Ask = (route: Route, asked: Asked) => Promise<object>;

export interface McpOptions {
  readonly version: string;
  /** Tools beyond these are not there. */
  readonly scopes: readonly Scope[];
  readonly ask: Ask;
  /** Hears of what nobody expected. */
  readonly onUnexpected?: ((error: Error) => void) | undefined;
}

type Id = string | number | null;
interface Message {
  readonly id?: Id;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Answers of a service in this process. */
export const askService =
  (service: Service): Ask =>
  async (route, asked) =>
    await answerTo(service, route, asked);

/** A line of the other side, and the line to send back; undefined: nothing is to be sent. */
export function createMcp({
  version,
  scopes,
  ask,
  onUnexpected,
}: McpOptions): (line: string) => Promise<string | undefined> {
  const tools = new Map(routes.filter((one) => isTool(one, scopes)).map((one) => [one.tool as string, toolOf(one)]));
  const call = async (params: Message["params"]) => {
    const name = params?.["name"];
    const tool = typeof name === "string" ? tools.get(name) : undefined;
    if (!tool) throw new RpcError(CODE.params, noTool(name));
    try {
      const answer = await ask(tool.route, tool.read(params?.["arguments"] ?? {}));
      return { content: [{ type: "text", text: JSON.stringify(answer) }], structuredContent: answer };
    } catch (error) {
      const { body, unexpected } = httpFailure(error);
      if (unexpected) onUnexpected?.(unexpected);
      const { code, message, fix } = body.error;
      return { content: [{ type: "text", text: `${code}: ${message} ${fix}` }], isError: true };
    }
  };
  const methods: Readonly<Record<string, (params: Message["params"]) => unknown>> = {
    initialize: (params) => ({
      protocolVersion: VERSIONS.find((one) => one === params?.["protocolVersion"]) ?? VERSIONS[0],
      capabilities: { tools: {} },
      serverInfo: { name: "penchant", title: "Penchant", version },
      instructions: INSTRUCTIONS,
    }),
    ping: () => ({}),
    "tools/list": () => ({ tools: Array.from(tools.values(), ({ description }) => description) }),
    "tools/call": call,
  };
  return async (line) => {
    if (line.trim() === "") return undefined;
    let id: Id = null;
    try {
      const message = parsed(line);
      if (message.id === undefined) return undefined; // what is only told: "initialized", "cancelled"
      id = message.id;
      if (!Object.hasOwn(methods, message.method)) throw new RpcError(CODE.method, `No method ${message.method}`);
      const result = await methods[message.method]?.(message.params);
      return JSON.stringify({ jsonrpc: "2.0", id, result });
    } catch (error) {
      if (!(error instanceof RpcError)) onUnexpected?.(error as Error);
      const { code, message } =
        error instanceof RpcError ? error : new RpcError(CODE.internal, "Something failed here.");
      return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });
    }
  };
}

/** Says of a tool that the scopes leave out how to have it. */
function noTool(name: unknown): string {
  if (typeof name !== "string") return "There is no tool without a name";
  const there = `There is no tool ${JSON.stringify(name)}`;
  const scope = routes.find(({ tool }) => tool === name)?.scope;
  return scope === undefined ? there : `${there} here: it needs the scope ${scope} (penchant mcp --scopes)`;
}

class RpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

function parsed(line: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new RpcError(CODE.parse, "The line is not JSON");
  }
  const { jsonrpc, id, method, params } = Object(value) as Readonly<Record<string, unknown>>;
  const isId = id === undefined || typeof id === "string" || typeof id === "number";
  const isParams = params === undefined || (typeof params === "object" && params !== null && !Array.isArray(params));
  if (jsonrpc !== "2.0" || typeof method !== "string" || !isId || !isParams) {
    throw new RpcError(CODE.request, "The message is no request of JSON-RPC 2.0");
  }
  return value as Message;
}

const isTool = ({ tool, scope }: Route, scopes: readonly Scope[]): boolean =>
  tool !== undefined && (scope === undefined || scopes.includes(scope));

type Properties = Readonly<Record<string, TSchema>>;

/** A route as a tool: what its address, its query and its body say is one object of arguments. */
function toolOf(route: Route) {
  const { method, scope, tool, summary, answer } = route;
  const [params, query, body] = [route.params, route.query, route.body].map(propertiesOf) as [
    Properties,
    Properties,
    Properties,
  ];
  const input = Type.Object({ ...params, ...readable(query), ...body }, { additionalProperties: false });
  const check = checker(input, "arguments", "SERVE_REQUEST");
  const description = {
    ...{ name: tool, title: summary, description: summary },
    ...{ inputSchema: plain(input), outputSchema: plain(answer) },
    annotations: {
      readOnlyHint: scope === "read" || method === "GET",
      destructiveHint: method === "DELETE",
      openWorldHint: false,
    },
  };
  const read = (value: unknown): Asked => {
    check(value);
    const all = Object.entries(value as Readonly<Record<string, unknown>>);
    const of = (part: Properties) => all.filter(([name]) => Object.hasOwn(part, name));
    const texts = (part: Properties) => Object.fromEntries(of(part).map(([name, one]) => [name, String(one)]));
    return {
      params: texts(params),
      query: texts(query),
      body: route.body && Object.fromEntries(of(body)),
    };
  };
  return { route, description, read };
}

const propertiesOf = (schema: TSchema | undefined): Properties =>
  ((schema ?? {}) as { readonly properties?: Properties }).properties ?? {};

/** In an address numbers are texts; in arguments they may be numbers. */
const readable = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      "pattern" in schema ? Type.Optional(Type.Union([schema, Type.Integer({ minimum: 1, maximum: 9999 })])) : schema,
    ]),
  );

/** Without what the schemas carry beyond JSON. */
const plain = (schema: object): unknown => JSON.parse(JSON.stringify(schema));
