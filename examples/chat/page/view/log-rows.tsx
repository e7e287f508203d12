import type { ChatRoom } from "../model/chat-room.ts";
import { hueOf } from "../model/names.ts";
import type { Pending } from "../model/room-log.ts";
import { momentLabel, timeLabel, timeline, type Row } from "../model/timeline.ts";
import { Avatar } from "./avatar.tsx";

/** All rows of a room's log. */
export function LogRows(props: { readonly room: ChatRoom; readonly nowMs: number }) {
  const { room, nowMs } = props;
  const { entries, newSinceKey, pending } = room.log;
  return (
    <>
      {timeline(entries, newSinceKey, nowMs).map((row) => (
        <LogRow key={row.key} row={row} me={room.playerId} />
      ))}
      {pending.map((it, index) => (
        <PendingRow key={`pending ${it.n}`} pending={it} isFirst={index === 0} room={room} />
      ))}
    </>
  );
}

function LogRow({ row, me }: { readonly row: Row; readonly me: string }) {
  switch (row.type) {
    case "day":
      return (
        <li class="day">
          <span>{row.label}</span>
        </li>
      );
    case "new":
      return (
        <li class="new">
          <span>New</span>
        </li>
      );
    case "remark":
      return <li class={row.isWarning ? "remark warning" : "remark"}>{row.text}</li>;
    case "said": {
      const { sender, name, text, timeMs } = row.said;
      const status = sender === me ? <Status text="sent" sign="✓" /> : null;
      return <Message {...{ name, text, timeMs, status }} isFirst={row.isFirst} />;
    }
  }
}

function PendingRow(props: {
  readonly room: ChatRoom;
  readonly pending: Pending;
  readonly isFirst: boolean;
}) {
  const { room, pending, isFirst } = props;
  const { n, text, timeMs, status: state, reason } = pending;
  const status =
    state === "sending" ? (
      <Status text="sending" sign="…" />
    ) : state === "sent" ? (
      <Status text="sent" sign="✓" />
    ) : (
      <span class="failed">
        Not sent: {reason}{" "}
        <button class="link" onClick={() => room.sayAgain(n)}>
          Try again
        </button>
      </span>
    );
  return <Message {...{ name: room.myName, text, timeMs, status, isFirst }} isPending />;
}

function Message(props: {
  readonly name: string;
  readonly text: string;
  readonly timeMs: number;
  readonly isFirst: boolean;
  readonly isPending?: boolean;
  readonly status: preact.ComponentChild;
}) {
  const { name, text, timeMs, isFirst, isPending = false, status } = props;
  return (
    <li class={`said${isFirst ? " first" : ""}${isPending ? " pending" : ""}`}>
      {isFirst && <Avatar name={name} />}
      <div class="body">
        <span class={isFirst ? "head" : "visually-hidden"}>
          <strong class="name" style={{ "--hue": hueOf(name) }}>
            {name}
          </strong>
        </span>
        <p class="text">{text}</p>
      </div>
      <span class="meta">
        {status}
        <time dateTime={new Date(timeMs).toISOString()} title={momentLabel(timeMs)}>
          {timeLabel(timeMs)}
        </time>
      </span>
    </li>
  );
}

function Status({ text, sign }: { readonly text: string; readonly sign: string }) {
  return (
    <span class="status" data-status={text} title={text}>
      <span aria-hidden="true">{sign}</span>
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
