const actions = new Set<() => void>();
let registered = false;

/** Runs `action` when the process ends, however that comes about (short of kill -9), or earlier by the function returned. */
export function onExit(action: () => void): () => void {
  if (!registered) {
    registered = true;
    process.on("exit", () => {
      for (const pending of [...actions].reverse()) pending(); // the last thing begun is undone first
    });
  }
  actions.add(action);
  return () => {
    if (actions.delete(action)) action();
  };
}
