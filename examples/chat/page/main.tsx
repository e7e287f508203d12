// The chat in a browser: several rooms over one connection, which may break.
import { connect, RoomlineError } from "roomline/client";
import { render, type ComponentChild } from "preact";
import { networkOfPage } from "../../start/page/page-network.ts";
import { showSiteHeader } from "../../start/page/site-header.ts";
import { ChatApp } from "./model/chat-app.ts";
import { recall } from "./model/memory.ts";
import { suggestName } from "./model/names.ts";
import { firstRooms, leaveTraces } from "./traces.ts";
import { ChatView } from "./view/chat-view.tsx";
import { Welcome } from "./view/welcome.tsx";

/** Connects, takes the seats, and shows the chat. */
async function enter(name: string): Promise<void> {
  show(<p class="nowhere muted">Connecting…</p>);
  const { network } = networkOfPage();
  const client = await connect({
    // Each page is somebody of its own: two tabs, or a reload, never take each other's seats.
    clientId: `web-${Array.from(crypto.getRandomValues(new Uint32Array(2)), (it) => it.toString(36)).join("")}`,
    network,
    connectTimeoutMs: Infinity,
    backoff: { maxMs: 2_000 },
  });
  const { pauseInBackground } = recall(localStorage);
  const app = new ChatApp({ client, network, name, pauseInBackground });
  addEventListener("pagehide", () => app.close());
  // Back from the browser's cache of pages, with a connection that has said goodbye.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
  leaveTraces(app);
  show(<ChatView app={app} />);
  await Promise.all(firstRooms().map((roomId) => app.join(roomId)));
}

/** The same; what goes wrong is shown in place of the chat. */
function enterOrSay(name: string): void {
  enter(name).catch((error: unknown) => {
    show(<p class="nowhere error">There is no way in: {RoomlineError.from(error).message}</p>);
  });
}

function show(what: ComponentChild): void {
  const root = document.getElementById("app");
  if (root !== null) render(what, root);
}

showSiteHeader("chat");
const { name } = recall(localStorage);
if (name === "") show(<Welcome name={suggestName(Math.random)} onName={enterOrSay} />);
else enterOrSay(name);
