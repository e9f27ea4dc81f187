import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Server } from "./server.ts";

/** A connection to a server, on which nothing was said yet; gone when the test is over. */
export async function dial({ url }: Server): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {}); // it is the server that may hang up
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}
