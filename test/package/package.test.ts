import { execFile } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | object>>;
};
const subpaths = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === "object" ? [path] : [],
);
const specifiers = subpaths.map((path) => `penchant${path.slice(1)}`);

let scratch: string;
let home: string;
let packed: readonly string[];

/** npm under `npm test` inherits settings as variables, which must not leak into the installation. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(config_|package_|lifecycle)/i.test(name)),
);
const run = (command: string, args: readonly string[], cwd = home) =>
  execute(command, args, { cwd, env, maxBuffer: 1 << 26 });
const npm = (...args: readonly string[]) => run("npm", args);
const addon = (): string => join(home, "node_modules", "penchant", "native", "penchant.node");

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "penchant-package-"));
  home = join(scratch, "app");
  mkdirSync(home);
  const pack = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", scratch], root);
  packed = (JSON.parse(pack.stdout) as [{ files: { path: string }[] }])[0].files.map(({ path }) => path);
  const tarball = readdirSync(scratch).find((name) => name.endsWith(".tgz")) as string;
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  await npm("install", join(scratch, tarball), "--prefer-offline", "--no-audit", "--no-fund");
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("package", () => {
  test("it holds what is needed to run, to build the native core, and to know the terms", () => {
    for (const path of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/main.js",
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
    ]) {
      expect(packed).toContain(path);
    }
    for (const path of ["penchant.wasm", "worker.mjs", "worker.node.mjs", "worker.browser.mjs"]) {
      expect(packed).toContain(`dist/engine/wasm/${path}`);
    }
    for (const path of ["Cargo.toml", "Cargo.lock", "native/kernels/src/lib.rs", "native/binding/src/lib.rs"]) {
      expect(packed).toContain(path);
    }
  });

  test("it holds no tests, sources in TypeScript, build leftovers or data", () => {
    expect(
      packed.filter((path) => /\.test\.|^src\/|^test\/|\.stamp$|tsbuildinfo|^target\/|^\.|node_modules/.test(path)),
    ).toEqual([]);
    expect(packed.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))).toEqual([]);
    // Nobody can import the command line, so that its types are of no use there.
    expect(packed.filter((path) => path.startsWith("dist/cli/") && path.endsWith(".d.ts"))).toEqual([]);
  });

  test.skipIf(!existsSync(join(root, "native", "penchant.node")))("it brings the native core that was built", () => {
    expect(packed).toContain("native/penchant.node");
  });

  test("installed with all it needs it weighs at most 20 MB, its native core at most 4", () => {
    const bytes = (path: string): number => {
      const entry = lstatSync(path);
      if (!entry.isDirectory()) return entry.size;
      return readdirSync(path).reduce((sum, name) => sum + bytes(join(path, name)), 0);
    };
    expect(bytes(join(home, "node_modules"))).toBeLessThan(20e6);
    if (existsSync(addon())) expect(bytes(addon())).toBeLessThan(4e6);
  });

  test.each(specifiers)("%s can be imported and exports something", async (specifier) => {
    const script = `const m = await import(${JSON.stringify(specifier)}); console.log(Object.keys(m).length)`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  test("pictures, whose decoders it does not bring, name what to install", async () => {
    for (const [name, bytes, missing] of [
      ["film.png", "89504e470d0a1a0a", "pngjs"],
      ["film.jpg", "ffd8ffe0", "jpeg-js"],
    ]) {
      writeFileSync(join(home, name as string), Buffer.from(bytes as string, "hex"));
      const script = `const { readPicture } = await import("penchant");
        await readPicture(${JSON.stringify(name)}).catch(({ code, fix, details }) => console.log(JSON.stringify({ code, fix, details })));`;
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
      expect(JSON.parse(stdout)).toEqual({
        ...{ code: "FEATURE_DECODER", fix: "npm install pngjs jpeg-js" },
        details: { missing },
      });
    }
  });

  test("what draws maps, which it does not bring, is named with the command that installs it", async () => {
    for (const missing of ["@resvg/resvg-js", "umap-js"]) {
      const [file, call] =
        missing === "umap-js"
          ? ["umap", "neighbourly({ values: new Float32Array(8), width: 2 }, 1, undefined)"]
          : ["png", 'asPng("")'];
      const path = pathToFileURL(join(home, "node_modules", "penchant", "dist", "cli", `${file}.js`)).href;
      const script = `const m = await import(${JSON.stringify(path)});
        await m.${call}.catch(({ code, fix, details }) => console.log(JSON.stringify({ code, fix, details })));`;
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
      expect(JSON.parse(stdout)).toEqual({
        code: "USAGE_PACKAGE",
        fix: `npm install ${missing}`,
        details: { missing },
      });
    }
  });

  test("nothing is traced where OpenTelemetry, which it does not bring, is missing", async () => {
    const path = pathToFileURL(join(home, "node_modules", "penchant", "dist", "serve", "tracing.js")).href;
    const script = `const { openTracing } = await import(${JSON.stringify(path)}); console.log(await openTracing("1"));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(stdout.trim()).toBe("undefined");
  });

  test.each([
    ["STORE_CLIENT", "@redis/client", "events export --output events.jsonl --store redis://127.0.0.1:1"],
    ["DATA_CLIENT", "postgres", "import postgres://127.0.0.1:1/shop --query select"],
  ])("%s: what it does not bring is named", async (code, missing, command) => {
    const bin = join(home, "node_modules", ".bin", "penchant");
    const { stdout } = await run(bin, [...command.split(" "), "--json"]).catch((error: { stdout: string }) => error);
    expect(JSON.parse(stdout).error).toMatchObject({ code, fix: `Install it: npm install ${missing}.` });
  });

  test("what is not exported cannot be reached", async () => {
    const script = 'await import("penchant/dist/core/errors.js")';
    await expect(run(process.execPath, ["--input-type=module", "-e", script])).rejects.toThrow(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });

  test("its types are whole: a strict program that checks libraries too compiles", async () => {
    const lines = specifiers.map((specifier, i) => `import * as m${i} from ${JSON.stringify(specifier)};`);
    writeFileSync(
      join(home, "types.ts"),
      `${lines.join("\n")}\nconsole.log(${specifiers.map((_, i) => `m${i}`).join(", ")});\n`,
    );
    const types = join(root, "node_modules", "@types");
    const flags = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--lib",
      "es2023,esnext.disposable",
    ];
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = await run(process.execPath, [
      tsc,
      "types.ts",
      ...flags,
      "--types",
      "node",
      "--typeRoots",
      types,
    ]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
  });

  test("the command line runs from where npm puts it", async () => {
    const bin = join(home, "node_modules", ".bin", "penchant");
    expect((await run(bin, ["--version"])).stdout.trim()).toBe(manifest.version);
    const { stdout } = await run(bin, ["models", "--json"]);
    expect((JSON.parse(stdout) as { models: { name: string }[] }).models.map(({ name }) => name)).toContain("neumf");
  });

  test("its build script leaves the native core that it brought alone, and says what is missing without it", async () => {
    const setup = join(home, "node_modules", "penchant", "scripts", "setup.mjs");
    const build = () => execute(process.execPath, [setup], { cwd: home, env: { ...env, PENCHANT_NO_RUST: "1" } });
    if (existsSync(addon())) expect((await build()).stderr).toBe("");
    rmSync(addon(), { force: true });
    expect((await build()).stderr).toContain("install Rust");
  });

  test("without the native core it works, says once that it is slow and why, and refuses --engine native", async () => {
    rmSync(addon(), { force: true });
    const bin = join(home, "node_modules", ".bin", "penchant");
    writeFileSync(join(home, "ratings.csv"), clubCsv({ users: 40, items: 30, each: 8 }));
    await run(bin, ["import", "ratings.csv"]);
    const trained = await run(bin, ["train", "neumf", "--epochs", "1", "--json"]);
    expect((JSON.parse(trained.stdout) as { engine: string }).engine).not.toBe("native");
    expect(trained.stderr.match(/slow/g)).toHaveLength(1);
    const refused = await run(bin, ["train", "neumf", "--epochs", "1", "--engine", "native", "--json"]).catch((e) => e);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "ENGINE_UNAVAILABLE" } });
  });
});
