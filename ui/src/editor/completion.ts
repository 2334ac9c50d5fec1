/** What may be written at a place of a definition, as its JSON Schema says. Pure. */

import type { YamlPlace } from "./yaml-place";

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  /** Of names that are not fixed, such as those of parameters. */
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: string[];
  type?: string;
  description?: string;
  default?: unknown;
}

export interface Option {
  label: string;
  /** What is written for it. */
  apply: string;
  type: "property" | "enum";
  detail?: string;
  info?: string;
}

/** The alternatives of a schema, with references followed. */
function variants(schema: Schema | undefined, root: Schema): Schema[] {
  if (!schema) return [];
  if (schema.$ref) return variants(root.$defs?.[schema.$ref.replace("#/$defs/", "")], root);
  return schema.anyOf ? schema.anyOf.flatMap((one) => variants(one, root)) : [schema];
}

function schemasAt(path: string[], root: Schema): Schema[] {
  return path.reduce<Schema[]>(
    (here, name) => here.flatMap((one) => variants(name === "-" ? one.items : (one.properties?.[name] ?? anyName(one)), root)),
    [root],
  );
}

const anyName = ({ additionalProperties: any }: Schema) => (typeof any === "object" ? any : undefined);

/** The names of the tasks of a text, for `depends_on`. */
export function taskIds(text: string): string[] {
  const tasks = /^tasks:.*\n((?:[ -].*\n?|\s*\n|#.*\n?)*)/m.exec(text)?.[1] ?? "";
  return [...tasks.matchAll(/(?:- +|[{,] *|^ +)id: *["']?([\w.-]+)/gm)].map((found) => found[1] ?? "");
}

export function optionsAt(place: YamlPlace, root: Schema, text: string, zones: string[]): Option[] {
  const { path, key } = place;
  if (key === "depends_on" || (path.at(-2) === "depends_on" && path.at(-1) === "-")) return taskIds(text).map(asValue);
  if (key === "timezone") return zones.map(asValue);
  const here = schemasAt(path, root);
  if (key !== null) {
    return here.flatMap((one) => variants(one.properties?.[key], root)).flatMap(valuesOf).map(asValue);
  }
  return here.flatMap((one) =>
    Object.entries(one.properties ?? {})
      .filter(([name]) => !place.siblings.includes(name))
      .map(([name, schema]) => asName(name, schema, root, one.required?.includes(name) ?? false)),
  );
}

const valuesOf = (schema: Schema) => schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : []);

function asValue(value: string): Option {
  return { label: value, apply: value, type: "enum" };
}

function asName(name: string, schema: Schema, root: Schema, needed: boolean): Option {
  const { default: usual } = schema;
  const plain = usual !== undefined && usual !== null && usual !== "" && JSON.stringify(usual) !== "[]" && JSON.stringify(usual) !== "{}";
  const detail = needed ? "required" : plain ? `default ${JSON.stringify(usual).replaceAll('"', "")}` : undefined;
  const values = variants(schema, root).flatMap(valuesOf);
  const about = [schema.description, values.length ? values.join(" · ") : ""].filter(Boolean).join("\n");
  return { label: name, apply: `${name}: `, type: "property", detail, info: about || undefined };
}
