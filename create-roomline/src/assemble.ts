import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Choices, Ui } from "./choices.ts";
import { mergeJson, parseJsonObject, type JsonObject } from "./merge-json.ts";

/** What a project is made of. */
export interface Project extends Choices {
  /** Name of the package. */
  readonly name: string;
  /** What it depends on as `roomline`, as npm writes it. */
  readonly roomline: string;
}

/** Where the templates are, beside the folder this file is in. */
const templates = fileURLToPath(new URL("../templates/", import.meta.url));

/** The folders a project is put together from: what is in a later one wins. */
export function partsOf({ preset, layout, ui, jwt, deploy }: Choices): readonly string[] {
  return [
    "base",
    `presets/${preset}`,
    `layouts/${layout}`,
    `ui/${ui}`,
    ...(ui === "react" && layout === "vite" ? ["ui/react-vite"] : []),
    // Whose program takes requests of its own, it is started again when it is saved.
    ...(jwt ? ["options/jwt", `options/jwt-${layout}`] : []),
    ...(jwt && ui === "react" && layout === "vite" ? ["options/jwt-react-vite"] : []),
    ...(deploy ? ["options/deploy"] : []),
  ];
}

/**
 * Puts the files of a project together, by their paths in it: `NAME.part.json` of all parts are merged into `NAME.json`, the pages
 * `README.md` are joined, of any other file the last one counts. `_name` becomes `.name`, which npm would not publish. A preset has
 * the program of a plain page, `page/main.ts`, beside the components of a React page, `*.tsx`: one of both is taken.
 */
export function assemble(project: Project): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const merged = new Map<string, JsonObject>();
  const pages: string[] = [];
  for (const part of partsOf(project)) {
    for (const path of filesIn(part)) {
      if (isOnlyFor(project.ui === "react" ? "plain" : "react", path)) continue;
      const text = readFileSync(join(templates, part, path), "utf8");
      if (path.endsWith(".part.json")) {
        const name = path.replace(/\.part\.json$/, ".json");
        merged.set(name, mergeJson(merged.get(name) ?? {}, parseJsonObject(text, path)));
      } else if (path === "README.md") pages.push(text);
      else files.set(path.replace(/^_/, "."), text);
    }
  }
  merged.set("package.json", manifestOf(project, merged.get("package.json") ?? {}));
  for (const [name, value] of merged) files.set(name, `${JSON.stringify(value, undefined, 2)}\n`);
  // The preset says what it is, then comes what is the same for all.
  const [common = "", preset = "", ...options] = pages;
  files.set("README.md", [`# ${project.name}\n`, preset, common, ...options].join("\n"));
  if (project.ui === "react") showReact(files);
  if (project.layout === "vite") takeSources(files, project.ui === "react" ? "tsx" : "ts");
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The name first, as one finds it in other packages, and dependencies in the order npm keeps them. */
function manifestOf({ name, roomline }: Project, manifest: JsonObject): JsonObject {
  const own = mergeJson({ name, ...manifest }, { dependencies: { roomline } });
  const sorted = Object.entries(own).map(([key, value]) => [
    key,
    key.endsWith("ependencies") ? byName(value) : value,
  ]);
  return parseJsonObject(JSON.stringify(Object.fromEntries(sorted)), "package.json");
}

function byName(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isOnlyFor(ui: Ui, path: string): boolean {
  return ui === "react" ? path.endsWith(".tsx") : path === "page/main.ts";
}

/** A React page has the head of the plain one, and an element for React to show it in. */
function showReact(files: Map<string, string>): void {
  const body = '<body>\n    <div id="root"></div>\n  </body>';
  change(files, "page/index.html", /<body>[^]*<\/body>/, body);
  change(files, "README.md", "`page/main.ts` the page", "`page/app.tsx` the page, in React");
}

/** A page names the program that is built of it; Vite wants to be shown the source. */
function takeSources(files: Map<string, string>, kind: "ts" | "tsx"): void {
  change(files, "page/index.html", 'src="/main.js"', `src="/main.${kind}"`);
}

function change(files: Map<string, string>, path: string, from: string | RegExp, to: string): void {
  const before = files.get(path) ?? "";
  const after = before.replace(from, () => to);
  if (after === before) throw new Error(`${path} has nothing like ${String(from)}.`);
  files.set(path, after);
}

function filesIn(part: string): readonly string[] {
  return readdirSync(join(templates, part), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(templates, part, "/").length))
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}
