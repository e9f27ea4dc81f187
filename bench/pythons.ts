import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Python } from "./peer.ts";

export interface Pythons {
  /** PyTorch, implicit, Surprise. */
  readonly main: Python;
  /** RecBole, which needs older packages. */
  readonly recbole: Python;
}

/**
 * The peers' Pythons: named by PENCHANT_PYTHON and PENCHANT_PYTHON_RECBOLE, or made by `bench/peers/setup.sh`.
 * `folder` is bench/peers; `threads` caps every library's own pool.
 */
export function findPythons(folder: string, threads: number, env: NodeJS.ProcessEnv = process.env): Pythons {
  const pools = Object.fromEntries(
    ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map((name) => [name, String(threads)]),
  );
  // A core type forced on OpenBLAS from outside would only slow the peer down.
  const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...rest } = env;
  const find = (variable: string, made: string, environment: NodeJS.ProcessEnv): Python => {
    const command = env[variable] ?? join(folder, made, "bin", "python");
    const common = { server: join(folder, "serve.py"), env: { ...environment, ...pools } };
    if (existsSync(command)) return { ...common, command };
    const reason = env[variable]
      ? `${variable} names a file that is not there`
      : `no ${variable} and no bench/peers/${made} (bench/peers/setup.sh makes it)`;
    return { ...common, reason };
  };
  return {
    main: find("PENCHANT_PYTHON", "env", rest),
    recbole: find("PENCHANT_PYTHON_RECBOLE", "env-recbole", env),
  };
}
