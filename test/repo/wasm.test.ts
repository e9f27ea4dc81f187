import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./tree.ts";

describe("WebAssembly module", () => {
  test("the committed module was built from these very sources (else: node scripts/wasm.mjs)", () => {
    const check = () =>
      execFileSync(process.execPath, [join(root, "scripts", "wasm.mjs"), "--check"], { stdio: "pipe" });
    expect(check).not.toThrow();
  });
});
