import { useRoom, useRoomState } from "roomline/react";
import { four } from "../contract.ts";
import { Header } from "./header.tsx";
import { viewOf } from "./view.ts";

export function App() {
  // A table where somebody is waiting, or a new one; after a reload the one of before.
  const room = useRoom(four, { roomType: "four" });
  const { session } = room;
  const game = useRoomState(room, ({ game }) => game.get("game"));
  const players = useRoomState(room, ({ players }) => players);
  const view = viewOf(game, players, session?.playerId);
  const moveOn = async () => {
    await session?.leave();
    room.store.retry(); // joins anew
  };
  return (
    <>
      <Header title="Four in a row" />
      <main>
        <div className="players">
          {(["red", "blue"] as const).map((color) => (
            <span key={color} id={color} className={view.seats[color].className}>
              {view.seats[color].name}
            </span>
          ))}
        </div>
        <p id="message" role="status">
          {view.message}
        </p>
        <div id="board" className="card">
          {view.cells.map(({ column, className, isOpen }, index) => (
            <button
              key={index}
              aria-label={`Column ${column + 1}`}
              className={className}
              disabled={!isOpen}
              onClick={() => void session?.send("drop", { column })}
            />
          ))}
        </div>
        <p className="end">
          <span id="why">{view.why}</span>
          {view.isOver && view.hasOther && (
            <button
              id="again"
              disabled={view.wantsAgain}
              onClick={() => void session?.send("again", {})}
            >
              Play again
            </button>
          )}
          {view.isOver && (
            <button id="another" className="quiet" onClick={() => void moveOn()}>
              New opponent
            </button>
          )}
        </p>
      </main>
    </>
  );
}
