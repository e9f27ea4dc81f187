import { describe, expect, test } from "vitest";
import { isAbsent, isPresent, PeerProcess, type Python, startPeer } from "./peer.ts";
import { findPythons } from "./pythons.ts";

/** A peer in Node that answers as `peer.py` does. `body` is the right side of `answer = …`, with `call` and `given`. */
const script = (body: string) => `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { call, with: given } = JSON.parse(line);
    console.log(JSON.stringify(${body}));
  });`;

const open = (body: string) => new PeerProcess(process.execPath, ["-e", script(body)]);

describe("a peer process", () => {
  test("answers one line to each, in order", async () => {
    const peer = open("{ answer: [call, given.n] }");
    expect(await peer.call("run", { n: 1 })).toEqual(["run", 1]);
    expect(await peer.call("stop", { n: 2 })).toEqual(["stop", 2]);
    peer.close();
  });

  test("its errors and its absence are thrown with their reason", async () => {
    const peer = open('call === "prepare" ? { absent: "no torch" } : { error: "ValueError: shape" }');
    await expect(peer.call("prepare")).rejects.toThrow("no torch");
    await expect(peer.call("run")).rejects.toThrow("ValueError: shape");
    peer.close();
  });

  test("one that ends is noticed, with the last thing it said", async () => {
    const peer = new PeerProcess(process.execPath, ["-e", 'console.error("first\\nlast words")']);
    await expect(peer.call("prepare")).rejects.toThrow("the process ended (exit status 0): first\nlast words");
  });

  test("one that dies of an exception says which, not the version of Node that comes last", async () => {
    const peer = new PeerProcess(process.execPath, ["-e", 'import("no-such-package")']);
    const reason = await peer.call("prepare").catch((error: Error) => error.message);
    expect(reason).toContain("the process ended (exit status 1)");
    expect(reason).toContain("Cannot find package 'no-such-package'");
  });

  test("of one that says a lot the last lines are kept", async () => {
    const peer = new PeerProcess(process.execPath, [
      "-e",
      "for (let i = 1; i <= 3000; i++) console.error('line ' + i)",
    ]);
    const reason = await peer.call("prepare").catch((error: Error) => error.message);
    expect(reason).toMatch(/: line 2993\n(line \d+\n){6}line 3000$/);
  });

  test("a program that is not there is noticed", async () => {
    await expect(new PeerProcess("no-such-program-anywhere", []).call("prepare")).rejects.toThrow("ENOENT");
  });
});

describe("starting a peer", () => {
  const plan = { name: "PyTorch", module: "torch_neumf", options: {} };

  test("without a Python it is absent, which is not an error", async () => {
    const python: Python = { server: "", env: {}, reason: "none found" };
    expect(await startPeer(python, plan)).toEqual({ name: "PyTorch", reason: "none found" });
  });

  test("one that cannot be prepared is absent for that reason", async () => {
    const python: Python = { server: "no-such-server.js", env: process.env, command: process.execPath };
    const answer = await startPeer(python, plan);
    expect(isAbsent(answer)).toBe(true);
    expect(isPresent(answer)).toBe(false);
  });
});

describe("the peers' Pythons", () => {
  test("none named and none made: both absent, each with what to do", () => {
    const { main, recbole } = findPythons("no/such/folder", 2, { HOME: "no/such/home" });
    expect(main).toMatchObject({ reason: expect.stringContaining("setup.sh") });
    expect(recbole).toMatchObject({ reason: expect.stringContaining("PENCHANT_PYTHON_RECBOLE") });
  });

  test("a named one is used, with every library's own threads capped", () => {
    const { main } = findPythons("peers", 2, { PENCHANT_PYTHON: process.execPath, OPENBLAS_CORETYPE: "HASWELL" });
    expect(main.command).toBe(process.execPath);
    expect(main.env).toMatchObject({ OMP_NUM_THREADS: "2", MKL_NUM_THREADS: "2", OPENBLAS_NUM_THREADS: "2" });
    expect(main.env).not.toHaveProperty("OPENBLAS_CORETYPE");
  });

  test("a named one that is not there is said to be missing", () => {
    const { main } = findPythons("peers", 2, { PENCHANT_PYTHON: "no/python" });
    expect(main).toMatchObject({ reason: "PENCHANT_PYTHON names a file that is not there" });
  });
});
