import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, trackedFiles } from "./tree.ts";

/** Traces of the place where the code was written; assembled here so that this file is not one of them. */
const traces = [
  ["/wo", "rk/"],
  ["/tm", "p/"],
  ["/ro", "ot/"],
  ["far", "m-"],
  ["_auth", "Token"],
].map((parts) => parts.join(""));
const sharedData = ["..", "shared"].join("/");

const isText = (path: string): boolean => !/\.(png|ico|node|wasm|parquet|gz|safetensors|onnx|bin)$/.test(path);

describe("words", () => {
  const files = trackedFiles();

  test.skipIf(files === undefined)("no tracked file names a folder of somebody's machine", () => {
    const found: string[] = [];
    for (const path of (files ?? []).filter(isText)) {
      const content = readFileSync(join(root, path), "utf8");
      for (const trace of traces) if (content.includes(trace)) found.push(`${path}: ${trace}`);
      const isProduct = path.startsWith("src/") && !path.endsWith(".test.ts");
      if (isProduct && content.includes(sharedData)) found.push(`${path}: ${sharedData}`);
    }
    expect(found).toEqual([]);
  });
});
