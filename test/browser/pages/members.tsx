/** @jsxImportSource react */
// A page of React that shows who is in a room, for members.browser.test.ts.
import { memo, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import {
  RoomlineProvider,
  useEvent,
  useMembers,
  usePresence,
  useRoom,
  useRoomState,
} from "roomline/react";
import type { Room } from "roomline/react";
import { cafe } from "./cafe.ts";

type Cafe = Room<typeof cafe>;

/** What the test reads, and does. */
const notes = {
  /** How often each member has been rendered, by id. */
  renders: {} as Record<string, number>,
  listRenders: 0,
  clockRenders: 0,
  heard: [] as number[],
  status: "",
  setMood: (_mood: string): void => undefined,
  room: undefined as Cafe | undefined,
};
Object.assign(window, { notes });

const Guest = memo(function Guest({ room, id }: { room: Cafe; id: string }) {
  notes.renders[id] = (notes.renders[id] ?? 0) + 1;
  const guest = useMembers(room, (members) => members.get(id));
  return (
    <li id={id}>
      {guest?.connected === true ? "here" : "away"}, {guest?.presence?.mood ?? "says nothing"}
    </li>
  );
});

function Guests({ room }: { room: Cafe }) {
  notes.listRenders++;
  const ids = useMembers(room, (members) => [...members.keys()]);
  return (
    <ul>
      {ids.map((id) => (
        <Guest key={id} room={room} id={id} />
      ))}
    </ul>
  );
}

function Clock({ room }: { room: Cafe }) {
  notes.clockRenders++;
  return <p>{useRoomState(room, ({ clock }) => clock.get("clock")?.ticks)}</p>;
}

function App() {
  const room = useRoom(cafe, { roomType: "cafe" });
  const [mood, setMood] = useState(new URLSearchParams(location.search).get("mood"));
  usePresence(room, mood === null ? undefined : { mood });
  useEvent(room, "ticked", (number) => void notes.heard.push(number));
  useEffect(() => {
    Object.assign(notes, { room, setMood, status: room.status });
  });
  return (
    <>
      <Clock room={room} />
      <Guests room={room} />
    </>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");
createRoot(root).render(
  <RoomlineProvider options={{ persist: sessionStorage }}>
    <App />
  </RoomlineProvider>,
);
