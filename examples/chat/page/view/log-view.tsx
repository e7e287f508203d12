import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChatRoom } from "../model/chat-room.ts";
import { counted } from "../model/counted.ts";
import { LogRows } from "./log-rows.tsx";

/** This near to the end counts as the end. */
const endPx = 40;

/** Where the reader is. */
interface Reading {
  readonly isAtEnd: boolean;
  /** The line where the new begins is further up than what is seen. */
  readonly isNewAbove: boolean;
}

/**
 * The log of a room. At its end it follows what comes; a reader who has gone back stays where they are. `me` is the name
 * to put over what is still under way.
 */
export function LogView(props: {
  readonly room: ChatRoom;
  readonly me: string;
  readonly nowMs: number;
}) {
  const { room, me, nowMs } = props;
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [reading, setReading] = useState<Reading>({ isAtEnd: true, isNewAbove: false });

  const look = (): void => {
    const box = list.current;
    if (box === null) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < endPx;
    const line = newLine(box);
    const isNewAbove = line !== null && line.offsetTop + line.offsetHeight < box.scrollTop;
    const isSeen = isAtEnd.current && !document.hidden;
    room.isSeen = isSeen;
    if (isSeen) room.see();
    if (reading.isAtEnd !== isAtEnd.current || reading.isNewAbove !== isNewAbove)
      setReading({ isAtEnd: isAtEnd.current, isNewAbove });
  };

  // Another room: to where the new begins, or to the end.
  useLayoutEffect(() => {
    const box = list.current;
    if (box === null) return;
    const line = room.log.unread > 0 ? newLine(box) : null;
    if (line === null) box.scrollTop = box.scrollHeight;
    else box.scrollTop = line.offsetTop - box.clientHeight / 3;
    return () => void (room.isSeen = false);
  }, [room]);
  useLayoutEffect(() => {
    if (isAtEnd.current) toEnd(list.current);
    look();
  });
  useEffect(() => {
    const box = list.current;
    const follow = (): void => {
      if (isAtEnd.current) toEnd(box);
    };
    // A keyboard on a phone, a banner, or a longer message make the box smaller.
    const sizes = new ResizeObserver(follow);
    if (box !== null) sizes.observe(box);
    return () => sizes.disconnect();
  }, []);
  useEffect(() => {
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  });

  const { unread } = room.log;
  return (
    <div class="log-box">
      {reading.isNewAbove && (
        <button
          class="button jump up"
          onClick={() => newLine(list.current)?.scrollIntoView({ block: "center" })}
        >
          <span aria-hidden="true">↑</span> Jump to what you missed
        </button>
      )}
      <div
        ref={list}
        class="log"
        role="log"
        aria-label={`Messages in ${room.id}`}
        tabIndex={0}
        onScroll={look}
      >
        <ol>
          <LogRows room={room} name={me} nowMs={nowMs} />
        </ol>
      </div>
      {!reading.isAtEnd && (
        <button class="button jump down" onClick={() => toEnd(list.current)}>
          <span aria-hidden="true">↓</span>{" "}
          {unread > 0 ? counted(unread, "new message") : "To the newest"}
        </button>
      )}
    </div>
  );
}

function newLine(box: HTMLElement | null): HTMLElement | null {
  return box?.querySelector<HTMLElement>(".new") ?? null;
}

function toEnd(box: HTMLElement | null): void {
  if (box !== null) box.scrollTop = box.scrollHeight;
}
