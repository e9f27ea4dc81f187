import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { models } from "../../src/models/index.ts";
import { root } from "./tree.ts";

/** How a page writes a value: a number as it is, or without its zero; a list by its entries; nothing for what is empty. */
function written(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "(?:\\[\\]|none)" : `\\[?${value.join(", ?")}\\]?`;
  return typeof value === "number" ? String(value).replace(".", "\\.") : `\`?${value}\`?`;
}

test.each(models.map((factory) => [factory.definition.name, factory] as const))(
  "the page of %s says the default of every option that has one",
  (name, factory) => {
    const page = readFileSync(join(root, "docs", "models", `${name}.md`), "utf8");
    const options = page.slice(page.indexOf("**Options.**")).split("\n\n")[0] ?? "";
    const says = ([option, value]: [string, unknown]): boolean =>
      new RegExp(`\`${option}\`[^\`;.]*?(?<![\\d.])${written(value)}(?![\\d]|\\.\\d)`).test(options);
    const { defaults, training } = factory.definition;
    const listed = options.split(/training (?=`)/)[1] ?? "";
    const named = Object.entries(training).filter(([option]) => listed.includes(`\`${option}\` `));
    const missing = [...Object.entries(defaults), ...named].filter((one) => !says(one));
    expect(missing).toEqual([]);
  },
);
