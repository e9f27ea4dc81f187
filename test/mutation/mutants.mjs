/** Mutants of TypeScript files: what Stryker's instrumenter finds, each as the text of its file with one fault in it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sentences } from "./sentences.mjs";

const quiet = { isDebugEnabled: () => false };
for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) quiet[level] = () => undefined;

/**
 * Mutants of the files as { file, number, line, replacement, mutated }: the line and the replacement as equivalent.json names them, `mutated` the whole
 * text. `home` is the folder whose node_modules have the instrumenter, `root` the one that the files are named from.
 */
export async function mutantsOf(files, home, root) {
  const require = createRequire(join(home, "package.json"));
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);
  const [{ createInstrumenter }, { createInjector }, { commonTokens }, babel] = await Promise.all(
    ["@stryker-mutator/instrumenter", "typed-inject", "@stryker-mutator/api/plugin", "@babel/core"].map(load),
  );
  const instrumenter = createInjector().provideValue(commonTokens.logger, quiet).injectFunction(createInstrumenter);
  const inputs = files.map((name) => ({ name, mutate: true, content: readFileSync(join(root, name), "utf8") }));
  const options = { ignorers: [sentences], excludedMutations: [], plugins: null, noHeader: true };
  const { mutants } = await instrumenter.instrument(inputs, options);
  const texts = new Map(inputs.map(({ name, content }) => [name, content]));
  const parses = (text) => {
    try {
      const plugins = [["typescript", {}]];
      return Boolean(babel.default.parseSync(text, { configFile: false, babelrc: false, parserOpts: { plugins } }));
    } catch {
      return false;
    }
  };
  return mutants
    .filter(({ status }) => status !== "Ignored")
    .map(({ fileName, location, mutatorName, replacement }) => {
      const text = texts.get(fileName);
      return {
        file: fileName,
        number: location.start.line + 1,
        line: text.split("\n")[location.start.line].trim(),
        replacement: `${mutatorName}: ${replacement}`,
        get mutated() {
          return mutate(text, location, replacement, mutatorName !== "BlockStatement", parses);
        },
      };
    });
}

/** The text with what lies at the location replaced: in parentheses, as the place of an operand asks for, where these can be read. */
function mutate(text, { start, end }, replacement, isExpression, parses) {
  const lines = text.split("\n");
  const offset = ({ line, column }) => lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, column);
  const [before, after] = [text.slice(0, offset(start)), text.slice(offset(end))];
  const inParentheses = `${before}(${replacement})${after}`;
  return isExpression && parses(inParentheses) ? inParentheses : `${before}${replacement}${after}`;
}
