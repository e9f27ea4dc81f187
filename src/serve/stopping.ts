import type { Server } from "node:http";

/** Milliseconds that who has begun a request has to end it, once the server stops. */
const PATIENCE = 1000;
const LOOK = 50;

/**
 * Closes the connections of a server that stops: idle ones at once, and, when nothing is being answered any more, those of requests that were begun and
 * not ended, which nobody has been promised anything about. Ends with the server.
 */
export function closeConnections(server: Server, isAnswering: () => boolean): void {
  const start = performance.now();
  let quiet = 0;
  const look = setInterval(() => {
    server.closeIdleConnections();
    quiet = isAnswering() ? 0 : quiet + 1;
    // quiet twice: what was answered last is on its way
    if (quiet > 1 && performance.now() - start > PATIENCE) {
      server.closeAllConnections();
      clearInterval(look);
    }
  }, LOOK);
  server.once("close", () => clearInterval(look));
  look.unref();
}
