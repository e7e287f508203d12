import { useEffect, useRef, useState } from "react";
import { useEvent, useRoom, useRoomState, type Room } from "roomline/react";
import { arena } from "../contract.ts";
import { Header } from "./header.tsx";
import { colorOf } from "./picture.ts";
import { play } from "./play.ts";
import { rankingOf } from "./ranking.ts";

type Arena = Room<typeof arena>;

export function App() {
  const room = useRoom(arena, { roomType: "arena" });
  return (
    <>
      <Header title="Arena" />
      <main>
        <Field room={room} />
        <aside className="card">
          <Scores room={room} />
          <News room={room} />
          <p className="hint">Steer with the arrows or WASD, or press where you want to go.</p>
        </aside>
      </main>
    </>
  );
}

/** What moves is painted on a canvas, 60 times a second, and React is left out of it. */
function Field({ room: { session } }: { room: Arena }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current === null || session === undefined) return undefined;
    return play(canvas.current, session);
  }, [session]);
  return <canvas id="field" className="card" ref={canvas} />;
}

/** Rendered when somebody overtakes, not whenever a ship moves. */
function Scores({ room }: { room: Arena }) {
  const names = useRoomState(room, ({ ships }) => rankingOf(ships));
  return (
    <ol id="scores">
      {names.map((name) => (
        <Score key={name} room={room} name={name} />
      ))}
    </ol>
  );
}

/** Rendered when this one scores, and for nobody else. */
function Score({ room, name }: { room: Arena; name: string }) {
  const score = useRoomState(room, ({ ships }) => ships.get(name)?.score);
  return (
    <li className={name === room.session?.playerId ? "mine" : ""}>
      <i className="dot" style={{ background: colorOf(name) }} />
      <span>{name}</span>
      <b>{score}</b>
    </li>
  );
}

function News({ room }: { room: Arena }) {
  const [news, setNews] = useState("");
  useEvent(room, "scored", ({ by, score }, { replayed }) => {
    if (!replayed) setNews(`${by} has ${score}`);
  });
  return <p id="news">{room.end?.reason.meaning ?? news}</p>;
}
