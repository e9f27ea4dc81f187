import type { Callbacks, EpochAccess, TrainEvent } from "./events.ts";
import type { ProgressListener } from "./progress/index.ts";

/** Tells the progress listener first, then every set of callbacks in order. */
export interface Emitter {
  /** Whether an epoch callback answered "stop". */
  emit(event: TrainEvent, access?: EpochAccess): Promise<boolean>;
}

export function createEmitter(listener: ProgressListener, callbacks: readonly Callbacks[]): Emitter {
  return {
    async emit(event, access) {
      listener(event);
      let stop = false;
      for (const one of callbacks) if ((await call(one, event, access)) === "stop") stop = true;
      return stop;
    },
  };
}

function call(callbacks: Callbacks, event: TrainEvent, access: EpochAccess | undefined): unknown {
  switch (event.type) {
    case "start":
      return callbacks.onStart?.(event);
    case "warning":
      return callbacks.onWarning?.(event);
    case "progress":
      return callbacks.onProgress?.(event);
    case "validating":
      return callbacks.onValidating?.(event);
    case "stage":
      return callbacks.onStage?.(event);
    case "epoch":
      return access && callbacks.onEpoch?.(event, access);
    case "checkpoint":
      return callbacks.onCheckpoint?.(event);
    case "refit":
      return callbacks.onRefit?.(event);
    case "end":
      return callbacks.onEnd?.(event);
    case "fail":
      return callbacks.onFail?.(event);
  }
}
