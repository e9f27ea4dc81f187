/** Longest stretch of work on the main thread, in milliseconds. */
const STRETCH = 5;

/** Lets timers, input and output have their turn: at once in Node, by a message in browsers, whose timers wait longer. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });

/** A function to await between portions of work: every few milliseconds it gives way. */
export function givesWay(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < STRETCH) return undefined;
    return turn().then(() => {
      since = performance.now();
    });
  };
}
