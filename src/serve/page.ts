/** A page to try the service, made from its own description; it loads nothing from elsewhere. */
import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } p.key { display: flex; gap: .5rem; align-items: center; } .key input { max-width: 20rem; }
details { border: 1px solid #8886; border-radius: .5rem; margin: .6rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; } summary code { font-weight: 600; }
label { display: grid; grid-template-columns: minmax(4rem, 9rem) minmax(0, 1fr); gap: .5rem; margin: .4rem 0; }
input, textarea { font: inherit; padding: .2rem .4rem; box-sizing: border-box; width: 100%; } textarea { font-family: ui-monospace, monospace; }
button { font: inherit; padding: .3rem 1rem; margin: .4rem 0; } small { opacity: .75; }
pre { overflow: auto; max-height: 24rem; padding: .6rem; background: #8882; border-radius: .4rem; white-space: pre-wrap; }
`;

const script = `
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element[key] = value;
  element.append(...children);
  return element;
};
const base = location.pathname.replace(/\\/docs\\/?$/, "");
document.querySelector("#description").href = base + "/openapi.json";
const main = document.querySelector("main");
const key = document.querySelector("#key");
const field = ({ name, required, schema }) => {
  const input = make("input", { name, required, placeholder: schema.description ?? "" });
  return { name, input, row: make("label", {}, make("span", {}, name), input) };
};
const form = (path, method, operation) => {
  const fields = (operation.parameters ?? []).map((parameter) => ({ ...parameter, ...field(parameter) }));
  const content = operation.requestBody?.content["application/json"];
  const example = JSON.stringify(content?.example ?? {}, null, 2);
  const lines = example.split("\\n").length + 1;
  const body = content && make("textarea", { value: example, rows: lines, spellcheck: false });
  const output = make("pre", { hidden: true });
  const send = async (event) => {
    event.preventDefault();
    let url = base + path;
    const query = new URLSearchParams();
    for (const { name, in: place, input } of fields) {
      if (place === "path") url = url.replace("{" + name + "}", encodeURIComponent(input.value));
      else if (input.value !== "") query.set(name, input.value);
    }
    const headers = {};
    if (key.value) headers.authorization = "Bearer " + key.value;
    if (body) headers["content-type"] = "application/json";
    const start = performance.now();
    output.hidden = false;
    output.textContent = "Waiting for an answer";
    try {
      const response = await fetch(url + (query.size ? "?" + query : ""), { method, headers, body: body?.value });
      const text = await response.text();
      const time = (performance.now() - start).toFixed(1) + " ms";
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch {}
      output.textContent = response.status + " in " + time + "\\n" + shown;
    } catch (error) {
      output.textContent = String(error);
    }
  };
  const rows = fields.map(({ row }) => row);
  const children = [...rows, ...(body ? [body, make("br")] : []), make("button", {}, "Send"), output];
  const title = make("summary", {}, make("code", {}, method + " " + path), " ", operation.summary);
  return make("details", {}, title, make("form", { onsubmit: send }, ...children));
};
const { paths, info } = await (await fetch(base + "/openapi.json")).json();
document.querySelector("#version").textContent = info.version;
for (const [path, methods] of Object.entries(paths))
  for (const [method, operation] of Object.entries(methods)) main.append(form(path, method.toUpperCase(), operation));
`;

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export const CONTENT_SECURITY = `default-src 'none'; connect-src 'self'; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Penchant</title><style>${style}</style></head>
<body>
<h1>Penchant <small id="version"></small></h1>
<p>What this server answers; press Send to ask it. The same as a document: <a id="description" href="openapi.json">/openapi.json</a>.</p>
<p class="key"><label for="key">Key</label><input id="key" type="password" autocomplete="off" placeholder="if the server asks for one"></p>
<main></main>
<script type="module">${script}</script>
</body>
</html>
`;
