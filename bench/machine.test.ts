import { describe, expect, test } from "vitest";
import { machineFacts, processorTime, vectorFlags } from "./machine.ts";

describe("machine", () => {
  test("of the processor's flags, those that matter are kept, in a fixed order", () => {
    expect(vectorFlags("model name\t: X\nflags\t\t: fpu avx512f sse2 fma avx2\n")).toEqual(["avx2", "fma", "avx512f"]);
    expect(vectorFlags("")).toEqual([]);
  });

  test("processor time and what was stolen of it are read from the first line", () => {
    const stat = "cpu  100 0 50 800 20 0 10 20 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
    expect(processorTime(stat)).toEqual({ total: 1000, stolen: 20 });
    expect(processorTime("")).toBeUndefined();
  });

  test("facts name this machine without naming its owner", () => {
    const facts = machineFacts();
    expect(facts.cores).toBeGreaterThan(0);
    expect(JSON.stringify(facts)).not.toContain(process.env["HOSTNAME"] ?? "\n");
  });
});
