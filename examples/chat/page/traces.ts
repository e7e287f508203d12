import type { ChatApp } from "./model/chat-app.ts";
import { recall, remember } from "./model/memory.ts";

/** Keeps what is outside of the page in step with the chat: the title, the address, and what the browser remembers. */
export function leaveTraces(app: ChatApp): void {
  let before = "";
  const update = (): void => {
    const { front, rooms } = app;
    const unread = rooms.reduce((sum, room) => sum + room.log.unread, 0);
    const count = unread > 0 ? `(${unread}) ` : "";
    document.title = `${count}${front?.id ?? "Chat"} · Roomline`;
    // Without a connection seats may come and go; what counts is what the user wanted.
    if (front === undefined || !app.isOnline) return;
    const { name, pauseInBackground } = app;
    const memory = { name, rooms: rooms.map(({ id }) => id), pauseInBackground };
    const now = JSON.stringify([memory, front.id]);
    if (now === before) return;
    before = now;
    remember(localStorage, memory);
    history.replaceState(null, "", `#${encodeURIComponent(front.id)}`);
  };
  app.changes.subscribe(update);
  addEventListener("hashchange", () => {
    const roomId = roomInAddress();
    if (roomId !== undefined) void app.open(roomId);
  });
}

/** The room that a link leads to: /chat/#lobby */
export function roomInAddress(): string | undefined {
  try {
    const roomId = decodeURIComponent(location.hash.slice(1)).trim();
    return roomId === "" ? undefined : roomId;
  } catch {
    return undefined;
  }
}

/** The rooms to begin with, the one to be in front first. */
export function firstRooms(): readonly string[] {
  const { rooms } = recall(localStorage);
  const wanted = roomInAddress();
  return [...new Set(wanted === undefined ? rooms : [wanted, ...rooms])];
}
