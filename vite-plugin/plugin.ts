import { createServer } from "node:net";
import type { Plugin, ViteDevServer } from "vite";
import { startRooms, type Rooms } from "./rooms.ts";

/** Which rooms go with the page. */
export interface RoomlinePluginOptions {
  /** Path of the module that exports your rooms, as `roomline dev` takes it: from the folder in which Vite is started. */
  readonly rooms: string;
  /** Where the rooms are, for bots and the monitor; 0 takes a free one. Default: the environment variable PORT, else 50051. */
  readonly port?: number;
}

/** What of the server players need: pages find it where they come from. */
const served = "^/connect(\\?|$)|^/roomline\\.v1\\.";
/** A module of the page that takes away what is shown when it is mended. An update would do so too, and might reload the page. */
const mender = "/@roomline/mended";
const mend = `import.meta.hot.on("roomline:mended", () => {
  for (const overlay of document.querySelectorAll("vite-error-overlay")) overlay.close();
});
`;

/** By the path of their module. When Vite starts again, it makes a server before the one of before has ended, which holds the port. */
const running = new Map<string, Rooms>();

/**
 * For `vite.config.ts`: `vite` runs your rooms as `roomline dev` does, beside the page and at its origin. What you save of them takes over,
 * and players stay; what is wrong with them is in Vite's overlay. It does nothing in a build (docs/dev.md).
 */
export function roomline({ rooms, port: asked = portOfHost() }: RoomlinePluginOptions): Plugin {
  let port = asked;
  return {
    name: "roomline",
    apply: "serve",
    async config() {
      if (asked === 0) port = await freePort();
      // Those who say for whom they ask are no operators of this machine (rule AD-1).
      const way = { target: `http://localhost:${port}`, ws: true, xfwd: true };
      return { server: { proxy: { [served]: way } } };
    },
    async configureServer(server) {
      // Tests start servers of their own.
      if (process.env["VITEST"] !== undefined) return;
      await running.get(rooms)?.stop();
      const own = startRooms({ rooms, port, onProblem: showing(server) });
      running.set(rooms, own);
      server.httpServer?.once("close", () => void own.stop());
      await own.begun;
    },
    resolveId: (id) => (id === mender ? id : undefined),
    load: (id) => (id === mender ? mend : undefined),
    transformIndexHtml: () => [{ tag: "script", attrs: { type: "module", src: mender } }],
  };
}

/** Shows what is wrong on all pages, also on those that come later, until it is mended. */
function showing({ ws }: ViteDevServer): (problem: string) => void {
  let shown = "";
  const show = (): void => {
    const err = { message: shown, stack: "", plugin: "roomline" };
    ws.send({ type: "error", err });
  };
  ws.on("connection", () => {
    if (shown !== "") show();
  });
  return (problem) => {
    const wasShown = shown !== "";
    shown = problem;
    if (problem !== "") show();
    else if (wasShown) ws.send({ type: "custom", event: "roomline:mended" });
  };
}

/** What hosters tell programs, in place of an option. */
function portOfHost(): number {
  const port = Number(process.env["PORT"] ?? "none");
  return Number.isInteger(port) ? port : 50_051;
}

function freePort(): Promise<number> {
  const probe = createServer().listen(0, "localhost");
  return new Promise((resolve) => {
    probe.once("listening", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
