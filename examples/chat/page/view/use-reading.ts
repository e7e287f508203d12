import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChatRoom } from "../model/chat-room.ts";

/** This near to the end counts as the end. */
const endPx = 40;

/** Where the reader of a log is. */
export interface Reading {
  readonly isAtEnd: boolean;
  /** The line where the new begins is further up than what is seen. */
  readonly isNewAbove: boolean;
}

/** A reading position that is kept for the reader. */
export interface ReadingControl extends Reading {
  /** Looks anew: for when the log has been scrolled. */
  readonly look: () => void;
  readonly toEnd: () => void;
  readonly toNew: () => void;
}

/**
 * Keeps the reading position in a log: at its end it follows what comes; a reader who has gone back stays where they are.
 * Tells the room what has been seen.
 */
export function useReading(box: RefObject<HTMLElement | null>, room: ChatRoom): ReadingControl {
  const isAtEnd = useRef(true);
  const [reading, setReading] = useState<Reading>({ isAtEnd: true, isNewAbove: false });
  const look = (): void => {
    const log = box.current;
    if (log === null) return;
    isAtEnd.current = log.scrollHeight - log.scrollTop - log.clientHeight < endPx;
    const line = newLine(log);
    const isNewAbove = line !== null && line.offsetTop + line.offsetHeight < log.scrollTop;
    room.isSeen = isAtEnd.current && !document.hidden;
    if (room.isSeen) room.see();
    if (reading.isAtEnd !== isAtEnd.current || reading.isNewAbove !== isNewAbove)
      setReading({ isAtEnd: isAtEnd.current, isNewAbove });
  };
  const toEnd = (): void => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  };

  // Another room: to where the new begins, or to the end.
  useLayoutEffect(() => {
    const log = box.current;
    if (log === null) return;
    const line = room.log.unread > 0 ? newLine(log) : null;
    isAtEnd.current = line === null;
    if (line !== null) log.scrollTop = line.offsetTop - log.clientHeight / 3;
    return () => void (room.isSeen = false);
  }, [room]);
  useLayoutEffect(() => {
    if (isAtEnd.current) toEnd();
    look();
  });
  useEffect(() => {
    // A keyboard on a phone, a banner, or a longer text to send make the log smaller.
    const sizes = new ResizeObserver(() => {
      if (isAtEnd.current) toEnd();
    });
    if (box.current !== null) sizes.observe(box.current);
    return () => sizes.disconnect();
  }, []);
  useEffect(() => {
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  });
  return {
    ...reading,
    look,
    toEnd,
    toNew: () => newLine(box.current)?.scrollIntoView({ block: "center" }),
  };
}

function newLine(box: HTMLElement | null): HTMLElement | null {
  return box?.querySelector<HTMLElement>(".new") ?? null;
}
