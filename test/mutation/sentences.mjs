/** For Stryker's instrumenter: sentences for people are not mutated. What a message says is tested where it matters; each of its words is not. */
const SENTENCES = new Set(["what", "expected", "received", "fix", "when", "message", "why", "title", "description"]);

export const sentences = {
  shouldIgnore(path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
    const property = path.findParent((parent) => parent.isObjectProperty());
    const key = property?.node.key;
    const name = key?.name ?? key?.value;
    const isError = path.findParent(
      (parent) => parent.isNewExpression() && /Error$/.test(parent.node.callee.name ?? ""),
    );
    return SENTENCES.has(name) || isError ? "a sentence for people" : undefined;
  },
};
