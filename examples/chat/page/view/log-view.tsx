import { useRef } from "preact/hooks";
import type { ChatRoom } from "../model/chat-room.ts";
import { counted } from "../model/counted.ts";
import { LogRows } from "./log-rows.tsx";
import { useReading } from "./use-reading.ts";

/** The log of a room. */
export function LogView(props: { readonly room: ChatRoom; readonly nowMs: number }) {
  const { room, nowMs } = props;
  const box = useRef<HTMLDivElement>(null);
  const { isAtEnd, isNewAbove, look, toEnd, toNew } = useReading(box, room);
  const { unread } = room.log;
  return (
    <div class="log-box">
      {isNewAbove && (
        <button class="button jump up" onClick={toNew}>
          <span aria-hidden="true">↑</span> Jump to what you missed
        </button>
      )}
      <div
        ref={box}
        class="log"
        role="log"
        aria-label={`Messages in ${room.id}`}
        tabIndex={0}
        onScroll={look}
      >
        <ol>
          <LogRows room={room} nowMs={nowMs} />
        </ol>
      </div>
      {!isAtEnd && (
        <button class="button jump down" onClick={toEnd}>
          <span aria-hidden="true">↓</span>{" "}
          {unread > 0 ? counted(unread, "new message") : "To the newest"}
        </button>
      )}
    </div>
  );
}
