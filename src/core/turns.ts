/** Longest stretch of work on the main thread, in milliseconds. */
const STRETCH = 5;

/** A function to await between portions of work: every few milliseconds it lets timers, input and output have their turn. */
export function givesWay(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < STRETCH) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now();
        resolve();
      }),
    );
  };
}
