import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import type { Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { file_roomline_v1_realtime } from "../shared/gen/roomline/v1/realtime_pb.ts";

/**
 * The protobuf library, for pages: a seventh less of the browser SDK, and nothing to parse when a page opens.
 *
 * Generated code carries its .proto file encoded, so it brings the description of descriptor.proto to decode it with. Here the
 * realtime protocol comes decoded instead. Code generated from other files is left as it is, and brings it all the same.
 */
export const slimProtobuf: Plugin = {
  name: "slim-protobuf",
  setup(build) {
    build.onResolve({ filter: /^slim:revive$/ }, () => ({ path: "revive", namespace: "slim" }));
    build.onLoad({ filter: /.*/, namespace: "slim" }, () => ({
      contents: revive,
      resolveDir: import.meta.dirname,
    }));
    build.onLoad({ filter: /shared\/gen\/roomline\/v1\/realtime_pb\.ts$/ }, ({ path }) => ({
      contents: decodedFile(readFileSync(path, "utf8")),
      loader: "ts",
    }));
    build.onLoad({ filter: /@bufbuild\/protobuf\/dist\/esm\/.*\.js$/ }, ({ path }) => ({
      contents: freeEnums(readFileSync(path, "utf8")),
      loader: "js",
    }));
  },
};

function decodedFile(generated: string): string {
  const code = generated
    .replace(/fileDesc\("[^"]*"\)/, () => `revive(${slimmed(file_roomline_v1_realtime.proto)})`)
    .replace("fileDesc, ", "");
  if (code.includes("fileDesc")) throw new Error("The generated code is not as it used to be.");
  return `${code}\nimport { revive } from "slim:revive";`;
}

/** The file as JSON: what is set of each message, and what unset fields of each type are, which is in their prototypes. */
function slimmed(file: FileDescriptorProto): string {
  const unset: Record<string, Record<string, unknown>> = {};
  const slim = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(slim);
    if (typeof value !== "object" || value === null) return value;
    const { $typeName } = value as { $typeName: string };
    const defaults = (unset[$typeName] ??= { ...(Object.getPrototypeOf(value) as object) });
    const set: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(value)) {
      // The usual name in JSON follows from the other one.
      if (name === "jsonName" && field === camelCase(String(set.name))) continue;
      if (Array.isArray(field) && field.length === 0) defaults[name] = field;
      else if (field !== undefined) set[name] = slim(field);
    }
    return set;
  };
  return JSON.stringify([slim(file), unset]);
}

const camelCase = (name: string): string =>
  name.replace(/_(.)/g, (_pair, letter: string) => letter.toUpperCase());

/** Runs in the page: makes of {@link slimmed} what `fileDesc` makes. */
const revive = `
import { createFileRegistry } from "@bufbuild/protobuf";
const camelCase = ${camelCase.toString()};
export function revive([file, unset]) {
  const message = (value) => {
    if (Array.isArray(value)) return value.map(message);
    if (typeof value !== "object") return value;
    const made = Object.create(unset[value.$typeName]);
    for (const name in value) made[name] = message(value[name]);
    if (made.jsonName === "") made.jsonName = camelCase(made.name);
    return made;
  };
  return createFileRegistry(message(file), () => undefined).getFile(file.name);
}
`;

/** Writes enums so that the bundler sees that those nobody uses can go. */
function freeEnums(code: string): string {
  return code.replace(
    /export var (\w+);\n\(function \(\1\) \{\n([\s\S]*?)\n\}\)\(\1 \|\| \(\1 = \{\}\)\);/g,
    (_whole, name: string, body: string) =>
      `export const ${name} = /*@__PURE__*/ (function (${name}) {\n${body}\nreturn ${name};\n})({});`,
  );
}
