import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { fail } from "../core/errors.ts";

/** read: lists and similar items; write: events; admin: models, people, metrics. Each holds for itself alone. */
export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

const KeySchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    /** Of the key, in hex; the key itself is shown once, when it is made. */
    sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    scopes: Type.Array(Type.Enum(SCOPES), { minItems: 1 }),
    /** Requests a second, over and above a burst of as many. */
    rate: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  },
  { additionalProperties: false },
);
export type Key = Static<typeof KeySchema>;

const KeyFile = Compile(Type.Object({ keys: Type.Array(KeySchema) }, { additionalProperties: false }));

/** Keys from the text of a file. Throws SERVE_KEYS. */
export function parseKeys(text: string, path: string): readonly Key[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    return fail("SERVE_KEYS", { what: `${path} is not JSON`, received: (cause as Error).message, cause });
  }
  if (!KeyFile.Check(content)) {
    const [error] = KeyFile.Errors(content);
    fail("SERVE_KEYS", {
      what: `${path} does not hold keys`,
      received: `${error?.instancePath || "it"} ${error?.message}`,
    });
  }
  const names = content.keys.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail("SERVE_KEYS", { what: `${path} holds two keys named ${JSON.stringify(twice)}` });
  return content.keys;
}

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** A new key: the secret to give away, and the entry to keep. */
export function makeKey(name: string, scopes: readonly Scope[], rate?: number): { secret: string; key: Key } {
  const secret = `pk_${randomBytes(24).toString("base64url")}`;
  const key = {
    name,
    sha256: hashOf(secret).toString("hex"),
    scopes: [...scopes],
    ...(rate !== undefined && { rate }),
  };
  return { secret, key };
}

/** Finds out whose key a request brings. Hashes are compared, all of them whole, so that time tells nothing. */
export class KeyRing {
  readonly #keys: readonly { readonly key: Key; readonly hash: Buffer }[];

  constructor(keys: readonly Key[]) {
    this.#keys = keys.map((key) => ({ key, hash: Buffer.from(key.sha256, "hex") }));
  }

  /** Throws SERVE_KEY, SERVE_SCOPE. */
  admit(authorization: string | undefined, scope: Scope): Key {
    const secret = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(authorization ?? "")?.[1];
    if (secret === undefined) fail("SERVE_KEY", { what: "The request brings no key" });
    const hash = hashOf(secret);
    let found: Key | undefined;
    for (const one of this.#keys) if (timingSafeEqual(one.hash, hash)) found = one.key;
    if (!found) fail("SERVE_KEY", { what: "The key is not known" });
    if (!found.scopes.includes(scope)) {
      fail("SERVE_SCOPE", {
        what: "The key may not do this",
        expected: `the scope ${scope}`,
        received: found.scopes.join(", "),
      });
    }
    return found;
  }
}
