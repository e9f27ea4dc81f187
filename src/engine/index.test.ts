import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

describe("loadEngine", () => {
  let told: string;
  beforeEach(() => {
    told = "";
    vi.resetModules();
    vi.stubEnv("PENCHANT_NATIVE", "no/such/file.node");
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      told += text;
      return true;
    });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test("without the native core it takes WebAssembly, and says once why and what to do", async () => {
    const { loadEngine } = await import("./index.ts");
    expect((await loadEngine()).name).toBe("wasm");
    expect(await loadEngine("auto")).toBe(await loadEngine("wasm"));
    expect(told.match(/slower WebAssembly engine/g)).toHaveLength(1);
    expect(told).toContain("no/such/file.node");
    expect(told).toContain("install Rust");
  });

  test("without WebAssembly too it takes the reference", async () => {
    vi.stubEnv("PENCHANT_WASM", "no/such/file.wasm");
    const { loadEngine } = await import("./index.ts");
    expect((await loadEngine()).name).toBe("reference");
    expect(told).toContain("slow reference engine");
  });

  test("an engine asked for by name is never replaced", async () => {
    vi.stubEnv("PENCHANT_WASM", "no/such/file.wasm");
    const { loadEngine } = await import("./index.ts");
    for (const name of ["native", "wasm"] as const) {
      await expect(loadEngine(name)).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE" });
    }
    expect((await loadEngine("reference")).name).toBe("reference");
    expect(told).toBe("");
  });
});
