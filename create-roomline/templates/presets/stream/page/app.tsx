import { useLayoutEffect, useReducer, useRef, useState, type SyntheticEvent } from "react";
import { useEvent, useRoom, useRoomState, type Room } from "roomline/react";
import { conversation } from "../contract.ts";
import { Reader, type Answer } from "../reader.ts";
import { roomId } from "./address.ts";
import { Header } from "./header.tsx";

type Conversation = Room<typeof conversation>;

export function App() {
  const room = useRoom(conversation, { roomType: "conversation", roomId });
  const rows = useRoomState(room, ({ answers }) => answers);
  const [reader] = useState(() => new Reader(roomId, sessionStorage));
  const [, show] = useReducer((count: number) => count + 1, 0);
  useEvent(room, "token", (piece) => {
    reader.take(piece);
    show();
  });
  const answers = reader.answers(rows);
  const words = answers.reduce((sum, { tokens }) => sum + tokens, 0);
  return (
    <>
      <Header title="Answers" />
      <main>
        {answers.length === 0 && (
          <p id="hint">
            Ask something. While the answer comes, reload the page, cut your network, or open a
            second tab: nothing of it is lost.
          </p>
        )}
        <Answers answers={answers} />
        <Ask room={room} isRunning={answers.some(({ status }) => status === "running")} />
        <p className="foot">
          <span id="account">
            {words} words, {reader.missed} missed, {reader.doubled} doubled
          </span>
          <a href={location.href} target="_blank" rel="noopener">
            Open a second tab
          </a>
        </p>
      </main>
    </>
  );
}

function Answers({ answers }: { answers: readonly Answer[] }) {
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  });
  return (
    <ol id="answers" ref={list}>
      {answers.map(({ number, question, status, text }) => (
        <li key={number} className={status}>
          <h2>{question}</h2>
          <p>{status === "failed" ? `${text} (The model has failed.)` : text}</p>
        </li>
      ))}
    </ol>
  );
}

function Ask({ room, isRunning }: { room: Conversation; isRunning: boolean }) {
  const { session } = room;
  const [question, setQuestion] = useState("");
  const [refusal, setRefusal] = useState("");
  const ask = (event: SyntheticEvent) => {
    event.preventDefault();
    if (question.trim() === "") return;
    setQuestion("");
    setRefusal("");
    session?.send("ask", { question }).catch((error: unknown) => {
      setRefusal(error instanceof Error ? error.message : String(error));
    });
  };
  return (
    <form className="card" onSubmit={ask}>
      <input
        placeholder={refusal || "Ask something"}
        maxLength={2000}
        autoComplete="off"
        autoFocus
        value={question}
        onChange={({ target }) => setQuestion(target.value)}
      />
      {isRunning ? (
        <button
          id="stop"
          type="button"
          className="quiet"
          onClick={() => void session?.send("stop", {})}
        >
          Stop
        </button>
      ) : (
        <button id="ask" disabled={session === undefined}>
          Ask
        </button>
      )}
    </form>
  );
}
