import { existsSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { makeFolder } from "../files/folder.ts";
import { type Key, makeKey, parseKeys, SCOPES, type Scope } from "../serve/index.ts";
import { writeWhole } from "./output.ts";
import { keyFile } from "./service-files.ts";
import type { Session } from "./session.ts";

/** Keys of the workspace. Throws SERVE_KEYS. */
export function readKeys(session: Session): readonly Key[] {
  const file = keyFile(session);
  return existsSync(file) ? parseKeys(readFileSync(file, "utf8"), file) : [];
}

export interface AddedKey {
  readonly name: string;
  /** The secret, this once. */
  readonly key: string;
  readonly scopes: readonly Scope[];
}

/** Throws CONFIG_UNKNOWN for a scope that is none, CONFIG_VALUE for a name that is taken or a rate that is none. */
export async function addKey(
  session: Session,
  {
    name,
    scopes,
    rate,
  }: { readonly name: string; readonly scopes: readonly string[]; readonly rate: number | undefined },
): Promise<AddedKey> {
  const keys = readKeys(session);
  if (keys.some((key) => key.name === name) || name === "" || name.length > 64) {
    fail("CONFIG_VALUE", {
      what: `A key cannot be named ${JSON.stringify(name)}`,
      expected: "a new name of 1 to 64 characters",
    });
  }
  if (rate !== undefined && !(rate > 0 && Number.isFinite(rate))) {
    fail("CONFIG_VALUE", { what: "--rate is no number of requests a second", received: String(rate) });
  }
  const { secret, key } = makeKey(name, scopes.map(scopeNamed), rate);
  await writeKeys(session, [...keys, key]);
  return { name, key: secret, scopes: key.scopes };
}

/** Throws CONFIG_UNKNOWN. */
export async function removeKey(session: Session, name: string): Promise<void> {
  const keys = readKeys(session);
  const names = keys.map((key) => key.name);
  if (!names.includes(name)) {
    const close = nearest(name, names);
    fail("CONFIG_UNKNOWN", {
      what: `There is no key ${JSON.stringify(name)}`,
      expected: names.join(", ") || "none: there are no keys",
      fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
    });
  }
  await writeKeys(
    session,
    keys.filter((key) => key.name !== name),
  );
}

function scopeNamed(name: string): Scope {
  const scope = SCOPES.find((one) => one === name);
  return (
    scope ?? fail("CONFIG_UNKNOWN", { what: "There is no such scope", expected: SCOPES.join(", "), received: name })
  );
}

async function writeKeys(session: Session, keys: readonly Key[]): Promise<void> {
  const file = keyFile(session);
  makeFolder(dirname(file));
  await writeWhole(file, `${JSON.stringify({ keys }, null, 2)}\n`);
  await chmod(file, 0o600);
}
