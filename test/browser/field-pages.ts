import type { Page } from "playwright-core";
import { createServer } from "roomline/server";
import { eventually } from "../e2e/spawn-server.ts";
import type { BrowserTest } from "./browser-test.ts";
import { bundlePage } from "./bundled-page.ts";
import { createFieldRooms } from "./field-room.ts";

/** What the page notes. */
export interface Notes {
  readonly renders: Readonly<Record<string, number>>;
  readonly fieldRenders: number;
  readonly mounts: number;
  readonly listRenders: number;
  readonly lobbyRenders: number;
  readonly heard: readonly number[];
  readonly statuses: readonly string[];
  readonly verdicts: readonly string[];
  readonly clientId: string;
}

export const notesOf = (page: Page) =>
  page.evaluate<Notes>("({ ...notes, setRoom: undefined, setShown: undefined })");

/** Serves rooms of ships, and a page of test/browser/pages. */
export async function serveFields(it: BrowserTest, entry = "fields.tsx") {
  const rooms = createFieldRooms();
  const staticDir = await bundlePage(it.t, `test/browser/pages/${entry}`);
  const server = await createServer({
    ...{ host: "127.0.0.1", port: 0, staticDir },
    rooms: { field: rooms.type },
  });
  it.t.after(() => server.close());
  const origin = `http://${server.address}`;
  /** All connections that there ever were, and those that there are. */
  const connections = async (): Promise<{ opened: number; open: number }> => {
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    const read = (name: string) => {
      const lines = metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, "gm"));
      return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
    };
    return {
      opened: read("roomline_connections_accepted_total"),
      open: read("roomline_connections"),
    };
  };
  return { rooms, origin, connections };
}

/** Checks again and again until it holds. */
export const soon = (check: () => void | Promise<void>) =>
  eventually(async () => {
    try {
      await check();
      return undefined;
    } catch (error) {
      return String(error);
    }
  }, 20_000);

/** What the page shows of each ship. */
export const shown = (page: Page) =>
  page.evaluate<Record<string, number>>(
    "Object.fromEntries([...document.querySelectorAll('li')].map((item) => [item.dataset.name, Number(item.textContent)]))",
  );
