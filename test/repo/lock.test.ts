/** The lock files hold all that `npm ci` wants on any platform, wherever they were made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "..", "..");
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"));

describe.each(["", "test/node24"])("the lock file of %j", (folder) => {
  const { packages } = read(join(folder, "package-lock.json")) as { packages: Readonly<Record<string, Package>> };
  const manifest = read(join(folder, "package.json")) as Package;

  /** The entry that a package finds when it asks for another: the nearest node_modules upwards. */
  const found = (from: string, name: string): boolean => {
    for (let at = from; ; at = at.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
      if (`${at === "" ? "" : `${at}/`}node_modules/${name}` in packages) return true;
      if (at === "") return false;
    }
  };

  test("asks for what the manifest asks for", () => {
    const asked = ({ dependencies, devDependencies, optionalDependencies }: Package = {}) => ({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
    });
    expect(asked(packages[""])).toEqual(asked(manifest));
  });

  test("names every package asked for, also the optional ones of other platforms", () => {
    const missing = Object.entries(packages).flatMap(([path, one]) =>
      Object.keys({ ...one.dependencies, ...one.optionalDependencies })
        .filter((name) => !found(path, name))
        .map((name) => `${path} wants ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test("every package has a checksum, and no address of a mirror", () => {
    const others = Object.entries(packages).filter(([path]) => path !== "");
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
    expect(others.filter(([, { resolved }]) => resolved?.startsWith("https://registry.npmjs.org/") === false)).toEqual(
      [],
    );
  });
});
