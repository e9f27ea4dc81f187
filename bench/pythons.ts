import { existsSync } from "node:fs";
import { homedir } from "node:os";
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
  const made = join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "penchant", "peers");
  const find = (variable: string, name: string, environment: NodeJS.ProcessEnv): Python => {
    const command = env[variable] ?? join(made, name, "bin", "python");
    const common = { server: join(folder, "peer.py"), env: { ...environment, ...pools } };
    if (existsSync(command)) return { ...common, command };
    const reason = env[variable]
      ? `${variable} names a file that is not there`
      : `not installed: bench/peers/setup.sh does it, or name a Python in ${variable}`;
    return { ...common, reason };
  };
  return {
    main: find("PENCHANT_PYTHON", "env", rest),
    recbole: find("PENCHANT_PYTHON_RECBOLE", "env-recbole", env),
  };
}
