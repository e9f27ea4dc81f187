export { type AppOptions, createApp } from "./app.ts";
export { Catalog } from "./catalog.ts";
export { type Key, makeKey, parseKeys, SCOPES, type Scope } from "./keys.ts";
export { askKnown, checkKnown, KnownAnswer } from "./known-answers.ts";
export { type Ask, askService, createMcp } from "./mcp.ts";
export { askServer } from "./mcp-http.ts";
export { type LoadOptions, ServedModel, versionOf } from "./model.ts";
export { PutBody } from "./schemas.ts";
export { Service, type ServiceOptions, type Which, type Workshop } from "./service.ts";
