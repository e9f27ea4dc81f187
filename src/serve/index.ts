export { type AppOptions, createApp } from "./app.ts";
export { type Key, makeKey, parseKeys, SCOPES, type Scope } from "./keys.ts";
export { askKnown, checkKnown, KnownAnswer } from "./known-answers.ts";
export { type LoadOptions, ServedModel, versionOf } from "./model.ts";
export { Service, type ServiceOptions, type Which, type Workshop } from "./service.ts";
