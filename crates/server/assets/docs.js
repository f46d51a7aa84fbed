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

// Components that operations refer to, such as a refusal that many may answer with.
let components = {};
const resolve = (holder) => {
  const [, , kind, name] = holder?.$ref?.split("/") ?? [];
  return name ? components[kind]?.[name] : holder;
};

// What a text, number or list may be, as far as a reader wants to know.
const limits = (schema) => {
  const inner = schema?.oneOf?.find((part) => part.type !== "null") ?? schema ?? {};
  const words = { minLength: "at least", maxLength: "at most", minimum: "from", maximum: "to", maxItems: "items at most" };
  const parts = Object.entries(words).filter(([key]) => inner[key] !== undefined);
  return parts.map(([key, word]) => `${word} ${inner[key]}`).join(", ");
};

const about = (...texts) => texts.filter(Boolean).join(" ");

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

const exampleOf = (title, holder) => {
  const [entry] = content(holder);
  if (entry?.[1].example === undefined) return [];
  return [make("h4", title), make("pre", asText(entry[1].example))];
};

const responseRow = (status, holder) => {
  const response = resolve(holder);
  const [entry] = content(response);
  const headers = Object.keys(response.headers ?? {});
  const sent = headers.length ? `Headers: ${headers.join(", ")}.` : "";
  const schema = entry ? link(entry[1].schema) : "";
  return row(make("code", status), schema, about(response.description, sent));
};

const operation = (method, path, details) => {
  const rows = (details.parameters ?? []).map(resolve).map((p) =>
    row(make("code", `${p.in}: ${p.name}${p.required ? "" : "?"}`), link(p.schema), about(p.description, limits(p.schema))));
  for (const [kind, { schema }] of content(details.requestBody)) rows.push(row(make("code", `body: ${kind}`), link(schema), ""));
  const responses = Object.entries(details.responses ?? {});
  rows.push(...responses.map(([status, holder]) => responseRow(status, holder)));
  const answers = responses.filter(([status]) => status.startsWith("2"));
  const examples = [
    ...exampleOf("Example of a request", details.requestBody),
    ...answers.flatMap(([status, holder]) => exampleOf(`Example of an answer: ${status}`, resolve(holder))),
  ];
  const head = make("summary", "", make("b", method.toUpperCase()), make("code", path), ` ${details.summary ?? ""}`);
  return make("details", "", head, make("p", details.description ?? ""), make("table", "", ...rows), ...examples);
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
  components = api.components;
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
