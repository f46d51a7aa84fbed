// Renders /api/openapi.json. Text only ever goes in as text, and nothing is loaded from elsewhere.
"use strict";

const make = (tag, text, ...children) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
};

const schemaName = (schema) => schema?.$ref?.split("/").pop();

// A short spelling of a schema: names for references, shapes for the rest.
const spell = (schema) => {
  if (!schema) return "";
  if (schema.$ref) return schemaName(schema);
  for (const [word, sign] of [["allOf", " & "], ["oneOf", " | "], ["anyOf", " | "]]) {
    if (schema[word]) return schema[word].map(spell).join(sign);
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const type = [].concat(schema.type ?? "any").join(" | ");
  return schema.items ? `[${spell(schema.items)}]` : type;
};

const link = (schema) => {
  const name = schemaName(schema);
  if (!name) return make("code", spell(schema));
  const anchor = make("a", name);
  anchor.href = `#schema-${name}`;
  return make("code", "", anchor);
};

const row = (...cells) => make("tr", "", ...cells.map((cell) => make("td", "", cell)));

const content = (holder) => Object.entries(holder?.content ?? {});

const operation = (method, path, details) => {
  const rows = (details.parameters ?? []).map((p) =>
    row(make("code", `${p.in}: ${p.name}${p.required ? "" : "?"}`), link(p.schema), p.description ?? ""));
  for (const [, { schema }] of content(details.requestBody)) rows.push(row("body", link(schema), ""));
  for (const [status, response] of Object.entries(details.responses ?? {})) {
    const [entry] = content(response);
    rows.push(row(make("code", status), entry ? link(entry[1].schema) : "", response.description ?? ""));
  }
  const head = make("summary", "", make("b", method.toUpperCase()), make("code", path), ` ${details.summary ?? ""}`);
  return make("details", "", head, make("p", details.description ?? ""), make("table", "", ...rows));
};

const schemaEntry = (name, schema) => {
  const entry = make("details", "", make("summary", "", make("code", name)), make("pre", JSON.stringify(schema, null, 2)));
  entry.id = `schema-${name}`;
  return entry;
};

const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
};

const show = (api) => {
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}: the API`;
  document.getElementById("about").textContent = api.info.description;
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, details]) => operation(method, path, details)));
  document.getElementById("operations").append(...operations);
  const schemas = Object.entries(api.components.schemas).map(([name, schema]) => schemaEntry(name, schema));
  document.getElementById("schemas").append(...schemas);
  addEventListener("hashchange", openTarget);
  openTarget();
};

fetch("/api/openapi.json").then((answer) => answer.json()).then(show).catch((error) => {
  document.getElementById("about").textContent = `The OpenAPI document could not be read: ${error}`;
});
