export {
  type ClientOptions,
  PenchantClient,
  RequestRefused,
} from "./client.ts";
export type * from "./wire.ts";
