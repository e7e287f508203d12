import { useEffect, useState } from "preact/hooks";
import type { ChatApp, Notice } from "../model/chat-app.ts";

/** Says on top what happened to the connection. Always there, so that screen readers hear when it begins to speak. */
export function NoticeBanner({ app }: { readonly app: ChatApp }) {
  const { notice } = app;
  return (
    <div role="status" class="notice">
      {notice.type !== "none" && (
        <div class={`banner ${tone(notice)}`} data-notice={notice.type}>
          <Text notice={notice} />
          {notice.type === "ended" && (
            <button class="button" onClick={() => location.reload()}>
              Come back
            </button>
          )}
          {(notice.type === "back" || notice.type === "problem") && (
            <button class="button quiet close" onClick={() => app.dismissNotice()}>
              <span aria-hidden="true">✕</span>
              <span class="visually-hidden">Close</span>
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function tone(notice: Notice): string {
  if (notice.type === "back") return notice.isWhole ? "good" : "warn";
  return notice.type === "offline" ? "warn" : "bad";
}

function Text({ notice }: { readonly notice: Notice }) {
  switch (notice.type) {
    case "none":
      return null;
    case "offline":
      return (
        <span>
          <strong>You are offline.</strong> {<Countdown untilMs={notice.cutUntilMs} />}
          What you write is sent as soon as you are back.
        </span>
      );
    case "back":
      return <span>{notice.text}</span>;
    case "problem":
      return <span>{notice.text}</span>;
    case "ended":
      return (
        <span>
          <strong>The connection is over.</strong> {notice.text}
        </span>
      );
  }
}

function Countdown({ untilMs }: { readonly untilMs: number | undefined }) {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  if (untilMs === undefined) return <>Trying to reconnect. </>;
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1_000));
  // Only for the eye: read out, it would never stop.
  return <span aria-hidden="true">You cut the connection; it is mended in {seconds} s. </span>;
}
