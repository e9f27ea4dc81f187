/** Strings, which are left as they are, and numbers outside of them; NaN and its like, which Python writes. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|\bNaN\b|-?\bInfinity\b/g;

/** The object in a text, its numbers as strings where they would lose a digit; undefined where it holds none. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  const value =
    parse(mayLose(text) ? exact(text) : text) ?? (/NaN|Infinity/.test(text) ? parse(exact(text)) : undefined);
  return isObject(value) ? value : undefined;
}

/** As many digits a double holds in any case. */
const SAFE_DIGITS = 15;
const [ZERO, NINE, POINT, MINUS, SMALL_E, TO_SMALL] = [48, 57, 46, 45, 101, 32];

/**
 * Whether a number in the text may be one whose text a double would not give back: many digits, a fraction ending in zero, an
 * exponent, minus zero. What looks like one in a string counts too. A loop, for it looks at every row of a file.
 */
function mayLose(text: string): boolean {
  let [length, last, before] = [0, 0, 0]; // of the digits and points up to here; before: what stands before them
  let isFraction = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code >= ZERO && code <= NINE) || code === POINT) {
      if (++length > SAFE_DIGITS) return true;
      if (code === POINT) isFraction = true;
      last = code;
      continue;
    }
    if (length > 0) {
      if ((code | TO_SMALL) === SMALL_E) return true;
      if (last === ZERO && (isFraction || (length === 1 && before === MINUS))) return true;
      length = 0;
      isFraction = false;
    }
    before = code;
  }
  return false;
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
  const whole = path.length === 1 ? (path[0] as string) : path.join(".");
  const value = record[whole];
  if (typeof value === "string" || typeof value === "number") return value; // no object has such by birth
  if (Object.hasOwn(record, whole)) return value;
  for (let length = path.length - 1; length >= 1; length--) {
    const inner = record[path.slice(0, length).join(".")];
    if (isObject(inner) && Object.hasOwn(record, path.slice(0, length).join("."))) {
      const found = valueAt(inner, path.slice(length));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
