import { useEffect, useState } from "preact/hooks";
import type { ChatApp } from "../model/chat-app.ts";
import { Conversation, type Panel } from "./conversation.tsx";
import { MemberList } from "./member-list.tsx";
import { NoticeBanner } from "./notice-banner.tsx";
import { RoomList } from "./room-list.tsx";
import { useChanges } from "./use-changes.ts";

/** The chat: rooms on the left, the one in front in the middle, who is in it on the right. */
export function ChatView({ app }: { readonly app: ChatApp }) {
  useChanges(app.changes);
  const [panel, setPanel] = useState<Panel>();
  const close = (): void => setPanel(undefined);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setPanel(undefined);
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.altKey && step !== undefined) showNext(app, step);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [app]);
  const { front } = app;
  return (
    <>
      <NoticeBanner app={app} />
      <main class="page fill chat" data-panel={panel}>
        <RoomList app={app} onPick={close} />
        {front === undefined ? (
          <p class="muted nowhere">You are in no room. Join one on the left.</p>
        ) : (
          <>
            <Conversation app={app} room={front} onPanel={setPanel} />
            <MemberList room={front} />
          </>
        )}
        <button class="veil" tabIndex={-1} aria-hidden="true" onClick={close} />
      </main>
    </>
  );
}

/** Alt and the arrow keys go through the rooms. */
function showNext(app: ChatApp, step: number): void {
  const { rooms, front } = app;
  if (front === undefined) return;
  const next = rooms[(rooms.indexOf(front) + step + rooms.length) % rooms.length];
  if (next !== undefined) app.show(next);
}
