import { createRequire, register } from "node:module";
import * as nodeModule from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";

/** Hooks of Node's loader that run where the program does (Node 22.15 and later). */
interface SyncHooks {
  registerHooks?: (hooks: {
    resolve: (
      specifier: string,
      context: { readonly parentURL?: string },
      next: (specifier: string, context: object) => { readonly url: string },
    ) => { readonly url: string };
  }) => unknown;
}

/** The same, in a thread of the loader: for older ones. What cannot be found is told as where it was looked for. */
const threadHooks = `
let port;
export const initialize = (given) => void (port = given.port);
export async function resolve(specifier, context, next) {
  try {
    const found = await next(specifier, context);
    port.postMessage(found.url);
    return found;
  } catch (error) {
    if (/^\\.{0,2}\\//.test(specifier) && context.parentURL) port.postMessage(new URL(specifier, context.parentURL).href);
    throw error;
  }
}`;

/** How long files are gathered before they are told, in milliseconds. */
export const gatherMs = 5;

/**
 * Tells which files of the user's this process loads from now on, or looks for in vain: those that are neither of a package nor of the
 * engine. To be called before any of them is.
 */
export function tellLoadedFiles(tell: (files: readonly string[]) => void): void {
  const told = new Set<string>();
  let fresh: string[] = [];
  const flush = (): void => {
    for (const path of Object.keys(createRequire(import.meta.url).cache)) add(path);
    const files = fresh;
    fresh = [];
    if (files.length > 0) tell(files);
  };
  const add = (path: string): void => {
    if (told.has(path) || !isUsers(path)) return;
    told.add(path);
    if (fresh.push(path) === 1) setTimeout(flush, gatherMs).unref();
  };
  const note = (url: string): void => {
    if (url.startsWith("file:")) add(fileURLToPath(url.replace(/[?#].*$/, "")));
  };
  const { registerHooks } = nodeModule as SyncHooks;
  if (registerHooks === undefined) {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", note).unref();
    register(`data:text/javascript,${encodeURIComponent(threadHooks)}`, {
      data: { port: port2 },
      transferList: [port2],
    });
    return;
  }
  registerHooks({
    resolve(specifier, context, next) {
      try {
        const found = next(specifier, context);
        note(found.url);
        return found;
      } catch (error) {
        const { parentURL } = context;
        if (/^\.{0,2}\//.test(specifier) && parentURL !== undefined)
          note(new URL(specifier, parentURL).href);
        throw error;
      }
    },
  });
}

const engineDir = dirname(createRequire(import.meta.url).resolve("roomline/package.json"));
const engineParts = ["server", "shared", "client", "testing", "cli", "dist"].map((part) =>
  join(engineDir, part, sep),
);

/** Whether a file is one of the user's own. */
export function isUsers(path: string): boolean {
  return (
    !path.includes(`${sep}node_modules${sep}`) &&
    !engineParts.some((part) => path.startsWith(part)) &&
    // What the loader itself makes of a program.
    !path.includes(`${sep}.tsx${sep}`)
  );
}
