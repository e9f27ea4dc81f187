export { type AppOptions, createApp } from "./app.ts";
export { type Key, makeKey, parseKeys, SCOPES, type Scope } from "./keys.ts";
export { type LoadOptions, ServedModel } from "./model.ts";
export { Service, type ServiceOptions } from "./service.ts";
