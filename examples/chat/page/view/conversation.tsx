import type { ChatApp } from "../model/chat-app.ts";
import type { ChatRoom } from "../model/chat-room.ts";
import { counted } from "../model/counted.ts";
import { Composer } from "./composer.tsx";
import { LogView } from "./log-view.tsx";

/** How long the network is gone when the user cuts it. */
const cutMs = 8_000;

/** A panel that a narrow window shows only when asked. */
export type Panel = "rooms" | "members";

/** The room in front: its name, what was said, and where to write. */
export function Conversation(props: {
  readonly app: ChatApp;
  readonly room: ChatRoom;
  readonly onPanel: (panel: Panel) => void;
}) {
  const { app, room, onPanel } = props;
  const online = room.members.filter((member) => member.online).length;
  const unread = app.rooms.reduce((sum, other) => sum + (other === room ? 0 : other.log.unread), 0);
  return (
    <section class="conversation" aria-label={`Room ${room.id}`}>
      <header class="room-header">
        <button class="button quiet only-narrow" onClick={() => onPanel("rooms")}>
          <span aria-hidden="true">☰</span>
          <span class="visually-hidden">Rooms</span>
          {unread > 0 && (
            <span class="badge count">
              {unread}
              <span class="visually-hidden"> unread elsewhere</span>
            </span>
          )}
        </button>
        <h1>{room.id}</h1>
        <button class="button quiet only-medium" onClick={() => onPanel("members")}>
          {online} here
        </button>
        <span class="gap" />
        <button class="button danger" disabled={!app.isOnline} onClick={() => app.cut(cutMs)}>
          <span aria-hidden="true">✂</span>
          <span class="cut-label">Cut my connection</span>
        </button>
        <button class="button quiet" disabled={!app.isOnline} onClick={() => void app.leave(room)}>
          Leave
        </button>
      </header>
      <LogView room={room} nowMs={app.nowMs()} />
      <p class="typing muted small" aria-live="off">
        {typing(room.typists.names)}
      </p>
      <Composer room={room} />
    </section>
  );
}

function typing(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  if (names.length === 2) return `${first} and ${second} are typing…`;
  return `${counted(names.length, "person").replace("persons", "people")} are typing…`;
}
