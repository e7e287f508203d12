import { useLayoutEffect, useRef, useState } from "react";
import { useEvent, useMembers, usePresence, useRoom, type Room } from "roomline/react";
import { chat } from "../contract.ts";
import { Header } from "./header.tsx";
import { keepLine, keptLines, roomId } from "./lines.ts";

type ChatRoom = Room<typeof chat>;

export function App() {
  const room = useRoom(chat, { roomType: "chat", roomId });
  return (
    <>
      <Header title="Chat" />
      <main>
        <section className="card talk">
          <Lines room={room} />
          <Typing room={room} />
          <Say room={room} />
        </section>
        <Members room={room} />
      </main>
    </>
  );
}

/** Events come in order, each exactly once, also those of while the connection was lost or the page was reloaded. */
function Lines({ room }: { room: ChatRoom }) {
  const [lines, setLines] = useState(keptLines);
  useEvent(room, "said", ({ by, text }, info) => setLines(keepLine({ by, text }, info)));
  useEvent(room, "joined", ({ name }, info) =>
    setLines(keepLine({ text: `${name} is here` }, info)),
  );
  useEvent(room, "left", ({ name }, info) =>
    setLines(keepLine({ text: `${name} has left` }, info)),
  );
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);
  const me = room.session?.playerId;
  return (
    <ol id="lines" aria-live="polite" ref={list}>
      {lines.map(({ id, by, text }) => (
        <li key={id} className={by === undefined ? "note" : by === me ? "mine" : "said"}>
          {by !== undefined && by !== me && <b>{by}</b>}
          {text}
        </li>
      ))}
    </ol>
  );
}

/** Rendered when somebody begins or stops typing, and for nothing else. */
function Typing({ room }: { room: ChatRoom }) {
  const me = room.session?.playerId;
  const names = useMembers(room, (members) =>
    [...members.values()]
      .filter(({ id, presence }) => id !== me && presence?.isTyping === true)
      .map(({ id }) => id),
  );
  return (
    <p id="typing">{room.end?.reason.meaning ?? (names.length > 0 && `${names.join(", ")} …`)}</p>
  );
}

function Say({ room }: { room: ChatRoom }) {
  const [text, setText] = useState("");
  usePresence(room, { isTyping: text !== "" });
  const say = () => {
    if (text.trim() !== "") void room.session?.send("say", { text });
    setText("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        say();
      }}
    >
      <input
        placeholder="Say something"
        maxLength={500}
        autoComplete="off"
        autoFocus
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button id="send" disabled={room.session === undefined}>
        Send
      </button>
    </form>
  );
}

function Members({ room }: { room: ChatRoom }) {
  const members = useMembers(room);
  return (
    <aside className="card">
      <h2>Here</h2>
      <ul id="members">
        {members.map(({ id, connected }) => (
          <li key={id} className={connected ? "" : "away"}>
            {id}
          </li>
        ))}
      </ul>
    </aside>
  );
}
