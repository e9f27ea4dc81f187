import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/core/errors.ts";
import { filesIn, isProductSource, root } from "./tree.ts";

const codes = Object.keys(catalogue) as (keyof typeof catalogue)[];

function text(folder: string, keep: (path: string) => boolean): string {
  return filesIn(join(root, folder), keep)
    .map((path) => readFileSync(join(root, folder, path), "utf8"))
    .join("\n");
}

/** docs/errors.md, made from the catalogue: `npx vitest run test/repo/errors.test.ts -u` rewrites it. */
function page(): string {
  const rows = codes.map((code) => `| \`${code}\` | ${catalogue[code].when} | ${catalogue[code].fix} |`);
  return `# Errors

Made from \`src/core/catalogue.ts\`; do not edit by hand. Every error that Penchant throws on purpose is a \`PenchantError\` with a
stable \`code\`, a \`message\` (what happened, what was expected, what was received), a \`fix\` and machine-readable \`details\`.
On the command line it ends the process with exit status 1 (\`USAGE_…\`: 2); with \`--json\` it is printed as
\`{"error":{"code","message","fix"}}\`. The advice below is the general one; most places say something more specific.

| code | when | advice |
|---|---|---|
${rows.join("\n")}
`;
}

describe("error catalogue", () => {
  test("docs/errors.md lists exactly the catalogue", async () => {
    await expect(page()).toMatchFileSnapshot(join(root, "docs", "errors.md"));
  });

  test("every code is one of a known group, every text a clause or a sentence", () => {
    for (const code of codes) {
      expect(code).toMatch(
        /^(DATA|FEATURE|GRAPH|CONFIG|ENGINE|TRAIN|ARTIFACT|WORKSPACE|USAGE|EVAL|UNEXPECTED|STORE|SERVE|INDEX|ENSEMBLE)(_[A-Z0-9]+)+$/,
      );
      expect(catalogue[code].when, code).toMatch(/^[^A-Z].*[^.]$/);
      expect(catalogue[code].fix, code).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("every code is thrown somewhere", () => {
    const sources = text("src", (path) => isProductSource(path) && path !== "core/catalogue.ts");
    const rust = text("native", (path) => path.endsWith(".rs"));
    const unused = codes.filter((code) => !sources.includes(`"${code}"`) && !rust.includes(`"${code}"`));
    expect(unused).toEqual([]);
  });

  test("every code is tripped by a test", () => {
    const tests = text("src", (path) => path.endsWith(".test.ts")) + text("test", (path) => path.endsWith(".ts"));
    expect(codes.filter((code) => !tests.includes(code))).toEqual([]);
  });
});
