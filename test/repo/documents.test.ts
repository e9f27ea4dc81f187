import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeBlocks, documents, missingPaths } from "./documents.ts";
import { root } from "./tree.ts";

describe("documents", () => {
  test("the front documents are there", () => {
    expect(documents).toEqual(
      expect.arrayContaining([
        "README.md",
        "ARCHITECTURE.md",
        "AGENTS.md",
        "CONTRIBUTING.md",
        "docs/glossary.md",
        "docs/cli.md",
      ]),
    );
  });

  test.each(documents)("every path that %s names exists", (document) => {
    expect(missingPaths(document)).toEqual([]);
  });

  test("AGENTS.md is one page", () => {
    expect(readFileSync(join(root, "AGENTS.md"), "utf8").split("\n").length).toBeLessThanOrEqual(60);
  });

  test("ARCHITECTURE.md names every folder of src/ in its layout", async () => {
    const { stages } = await import("./boundaries.ts");
    const { filesIn } = await import("./tree.ts");
    const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    const present = new Set(
      filesIn(join(root, "src"), (path) => path.includes("/")).map((path) => path.split("/")[0] as string),
    );
    for (const folder of present)
      expect(text, folder).toMatch(new RegExp(`^\\s*${folder}/\\s.*\\b${stages[folder]}\\b`, "m"));
    const named = [...text.matchAll(/^ {6}([a-z]+)\/ /gm)].map((match) => match[1] as string);
    expect(named.filter((folder) => !present.has(folder))).toEqual([]);
  });

  test("code blocks are found with their language and line", () => {
    expect(codeBlocks("a\n```ts\nx\n```\n```\ny\n```\n")).toEqual([
      { language: "ts", code: "x\n", line: 2 },
      { language: "", code: "y\n", line: 5 },
    ]);
  });
});
