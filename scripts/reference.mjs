/**
 * Writes the reference of the public API, docs/api, from the docstrings (TypeDoc) and the regions of docs/examples: a region
 * named after functions is their example. With --check it says whether docs/api is what it would write; the gate does.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, Comment, CommentTag, Converter, IntrinsicType } from "typedoc";
import { root, say } from "./shared.mjs";

const doors = {
  penchant: "index.ts",
  models: "models/index.ts",
  graph: "graph/index.ts",
  nn: "nn/index.ts",
  rerank: "rerank/index.ts",
  client: "client/index.ts",
  browser: "browser.ts",
};

/** Code of every region by each of its names, with the file it is from. */
function examples(folder = join(root, "docs", "examples")) {
  const found = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, names, code] of text.matchAll(/^\/\/ #region (.*)\n([\s\S]*?)^\/\/ #endregion$/gm)) {
      for (const name of names.split(" ")) found.set(`${doorOf(file, name)}.${name}`, { file, code });
    }
  }
  return found;
}

/** Two doors have a function `dropout`: a file of examples speaks of its own. */
const doorOf = (file, name) => (name === "dropout" ? (file === "layers.ts" ? "nn" : "graph") : "*");

async function write(out) {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: Object.values(doors).map((path) => join(root, "src", path)),
    tsconfig: join(root, "tsconfig.build.json"),
    plugin: ["typedoc-plugin-markdown"],
    readme: "none",
    name: "API reference",
    router: "module",
    out,
    cleanOutputDir: true,
    githubPages: false,
    disableSources: true,
    disableGit: true,
    excludePrivate: true,
    excludeInternal: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    validation: false,
    useCodeBlocks: true,
    formatWithPrettier: false,
    logLevel: "Warn",
    ...Object.fromEntries(
      ["parameters", "interfaceProperties", "classProperties", "typeAliasProperties", "propertyMembers"].map((part) => [
        `${part}Format`,
        "table",
      ]),
    ),
  });
  const known = examples();
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const door = Object.keys(doors).find(
        (name) => doors[name] === `${module.name}.ts` || doors[name] === `${module.name}/index.ts`,
      );
      module.name = door ?? module.name;
      // Its members are the table of docs/errors.md.
      const catalogue = module.children?.find((child) => child.name === "catalogue");
      if (catalogue) catalogue.type = new IntrinsicType("object");
      for (const child of module.children ?? [])
        addExample(child, known.get(`*.${child.name}`) ?? known.get(`${door}.${child.name}`));
    }
  });
  const project = await app.convert();
  if (project === undefined) process.exit(1);
  await app.generateOutputs(project);
}

function addExample(reflection, example) {
  if (example === undefined) return;
  const of = reflection.signatures?.[0] ?? reflection;
  const text = `\`\`\`ts\n${example.code}\`\`\`\n\nFrom [docs/examples/${example.file}](../examples/${example.file}), which runs as it is.`;
  of.comment ??= new Comment();
  of.comment.blockTags.push(new CommentTag("@example", [{ kind: "text", text }]));
}

const contents = (folder) =>
  JSON.stringify(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

async function isCurrent(folder) {
  const fresh = mkdtempSync(join(tmpdir(), "penchant-reference-"));
  try {
    await write(fresh);
    return contents(fresh) === contents(folder);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

const api = join(root, "docs", "api");
if (!process.argv.includes("--check")) await write(api);
else if (!(await isCurrent(api))) {
  say("docs/api is not what docstrings and examples say: node scripts/reference.mjs");
  process.exit(1);
}
