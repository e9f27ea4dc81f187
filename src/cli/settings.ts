import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { OptionRule } from "../nn/options.ts";

/** A value as typed in a shell: `true`, `0.5`, `NaN`, `64,32`, `[64,32]`, or text. */
export function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const inner = /^\[(.*)\]$/.exec(text)?.[1];
  if (inner !== undefined) return inner.trim() === "" ? [] : inner.split(",").map((part) => parseValue(part.trim()));
  if (text.includes(",")) return text.split(",").map((part) => parseValue(part.trim()));
  const number = Number(text);
  return text.trim() !== "" && (!Number.isNaN(number) || text === "NaN") ? number : text;
}

/** Where the names of `--set` belong: the model's own options, and those of training. */
export interface SettingOwners {
  readonly model: string;
  /** By name; each an `OptionRule`. */
  readonly modelOptions: object;
  /** Left out where nothing is trained. */
  readonly trainingOptions?: readonly string[];
}

export interface Settings {
  readonly config: Readonly<Record<string, unknown>>;
  readonly training: Readonly<Record<string, unknown>>;
}

/** Sorts `key=value` pairs to their owners. Throws USAGE_ARGUMENTS without "=", CONFIG_UNKNOWN for names nobody has. */
export function parseSettings(pairs: readonly string[], owners: SettingOwners): Settings {
  const config: Record<string, unknown> = {};
  const training: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) {
      fail("USAGE_ARGUMENTS", {
        what: "--set takes key=value",
        received: JSON.stringify(pair),
        fix: "Write for example --set factors=16.",
      });
    }
    const key = pair.slice(0, at);
    const value = parseValue(pair.slice(at + 1));
    const rule = ruleOf(owners.modelOptions, key);
    if (rule) config[key] = !rule.accepts(value) && rule.accepts([value]) ? [value] : value;
    else if (owners.trainingOptions?.includes(key)) training[key] = value;
    else unknownSetting(key, owners);
  }
  return { config, training };
}

function ruleOf(rules: object, key: string): OptionRule<unknown> | undefined {
  return Object.hasOwn(rules, key) ? (rules as Readonly<Record<string, OptionRule<unknown>>>)[key] : undefined;
}

function unknownSetting(key: string, { model, modelOptions, trainingOptions = [] }: SettingOwners): never {
  const own = Object.keys(modelOptions);
  const training = trainingOptions.length > 0 ? [`${trainingOptions.join(", ")} (training)`] : [];
  const close = nearest(key, [...own, ...trainingOptions]);
  return fail("CONFIG_UNKNOWN", {
    what: `There is no option "${key}" for "${model}"`,
    expected: [`${own.join(", ") || "no options"} (model)`, ...training].join("; "),
    fix: close ? `Did you mean "${close}"?` : "Use one of the names listed.",
    details: { model: own, training: trainingOptions },
  });
}
