import { useState } from "preact/hooks";
import type { ChatApp } from "../model/chat-app.ts";
import type { ChatRoom } from "../model/chat-room.ts";
import { counted } from "../model/counted.ts";
import { Avatar } from "./avatar.tsx";
import { NameForm } from "./name-form.tsx";

/** The rooms, and what concerns all of them. `onPick`: the user has chosen a room. */
export function RoomList({ app, onPick }: { readonly app: ChatApp; readonly onPick: () => void }) {
  const join = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const room = new FormData(form).get("room");
    const roomId = typeof room === "string" ? room.trim() : "";
    if (roomId === "") return;
    form.reset();
    void app.open(roomId).then(onPick);
  };
  return (
    <nav class="rooms" aria-label="Rooms">
      <h2 class="panel-title">Rooms</h2>
      <ul>
        {app.rooms.map((room) => (
          <li key={room.id}>
            <RoomButton app={app} room={room} onPick={onPick} />
          </li>
        ))}
      </ul>
      <form class="join row" onSubmit={join}>
        <label class="visually-hidden" for="join">
          Join or open a room
        </label>
        <input id="join" name="room" class="field" placeholder="Join a room…" maxLength={60} />
        <button class="button" type="submit">
          Join
        </button>
      </form>
      <div class="settings stack">
        <label class="check">
          <input
            type="checkbox"
            checked={app.pauseInBackground}
            onChange={(event) => app.setPauseInBackground(event.currentTarget.checked)}
          />
          <span>
            Pause rooms in the background
            <span class="muted small hint">They keep your seat; messages wait.</span>
          </span>
        </label>
        <You app={app} />
      </div>
    </nav>
  );
}

function RoomButton(props: {
  readonly app: ChatApp;
  readonly room: ChatRoom;
  readonly onPick: () => void;
}) {
  const { app, room, onPick } = props;
  const { unread } = room.log;
  const pick = (): void => {
    app.show(room);
    onPick();
  };
  return (
    <button
      class="room"
      aria-current={room === app.front ? "true" : undefined}
      data-unread={unread > 0}
      onClick={pick}
    >
      <span class="stop" aria-hidden="true" />
      <span class="room-name">{room.id}</span>
      {room.status === "paused" && <span class="badge">paused</span>}
      {unread > 0 && (
        <span class="badge count">
          {unread}
          <span class="visually-hidden"> unread {unread === 1 ? "message" : "messages"}</span>
        </span>
      )}
    </button>
  );
}

function You({ app }: { readonly app: ChatApp }) {
  const [editing, setEditing] = useState(false);
  if (editing) {
    const rename = async (name: string): Promise<void> => {
      await app.rename(name);
      setEditing(false);
    };
    return (
      <NameForm
        name={app.name}
        action="Rename"
        onName={rename}
        onCancel={() => setEditing(false)}
      />
    );
  }
  const { rttMs } = app;
  const latency = rttMs === undefined ? "" : ` · ${rttMs.toFixed(0)} ms`;
  return (
    <div class="you">
      <Avatar name={app.name} />
      <div>
        <strong>{app.name}</strong>
        <span class="muted small">
          {app.isOnline ? `${counted(app.rooms.length, "room")}${latency}` : "offline"}
        </span>
      </div>
      <button class="button quiet" onClick={() => setEditing(true)}>
        Rename
      </button>
    </div>
  );
}
