/** A number whose text a double would not give back: many digits, a fraction ending in zero, an exponent, minus zero. */
const LOSSY = /[\d.]{16}|\.\d*0(?!\d)|\d[eE]|-0(?![.\d])/;
/** Strings, which are left as they are, and numbers outside of them; NaN and its like, which Python writes. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|\bNaN\b|-?\bInfinity\b/g;

/** The object in a text, its numbers as strings where they would lose a digit; undefined where it holds none. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  const value =
    parse(LOSSY.test(text) ? exact(text) : text) ?? (/NaN|Infinity/.test(text) ? parse(exact(text)) : undefined);
  return isObject(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exact(text: string): string {
  return text.replace(TOKENS, (token) => {
    if (token.startsWith('"')) return token;
    return /^-?[NI]/.test(token) ? "null" : `"${token}"`;
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A cell as text: strings and numbers as they are written, nothing for null, arrays as JSON. */
export function cellText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Cells by their keys, those of nested objects joined by dots. */
export function flatten(record: Record<string, unknown>, prefix = ""): Map<string, string> {
  const cells = new Map<string, string>();
  for (const [key, value] of Object.entries(record)) {
    if (isObject(value)) for (const [name, cell] of flatten(value, `${prefix}${key}.`)) cells.set(name, cell);
    else cells.set(prefix + key, cellText(value));
  }
  return cells;
}

/** The value at a path of keys; a key that itself holds dots is found too. */
export function valueAt(record: Record<string, unknown>, path: readonly string[]): unknown {
  const whole = path.join(".");
  if (Object.hasOwn(record, whole)) return record[whole];
  for (let length = path.length - 1; length >= 1; length--) {
    const inner = record[path.slice(0, length).join(".")];
    if (isObject(inner) && Object.hasOwn(record, path.slice(0, length).join("."))) {
      const found = valueAt(inner, path.slice(length));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
