import { type ProtocolName, parseProtocol } from "../evaluate/index.ts";

/** Checks a protocol's name before anything is loaded. Throws CONFIG_UNKNOWN. */
export function protocolNamed(name: string): ProtocolName {
  parseProtocol(name);
  return name as ProtocolName;
}
