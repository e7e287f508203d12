/** @jsxImportSource react */
// A page of React that tells what it renders, for react-rooms.browser.test.ts.
import { memo, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import {
  RoomlineProvider,
  useConnection,
  useEvent,
  useLobby,
  useRoom,
  useRoomState,
} from "roomline/react";
import type { Room, TableSnapshots } from "roomline/react";
import { field, type Field } from "./field.ts";

const query = new URLSearchParams(location.search);

/** What the test reads. */
const notes = {
  /** How often the component of each ship has been rendered. */
  renders: {} as Record<string, number>,
  fieldRenders: 0,
  /** How often the one that asks for the seat was mounted. */
  mounts: 0,
  listRenders: 0,
  lobbyRenders: 0,
  heard: [] as number[],
  statuses: [] as string[],
  verdicts: [] as (string | undefined)[],
  clientId: "",
  isSending: true,
  setRoom: (_roomId: string): void => undefined,
  setShown: (_isShown: boolean): void => undefined,
};
Object.assign(window, { notes });

const namesOf = ({ ships }: TableSnapshots<Field["state"]>) => [...ships.keys()];

const Ship = memo(function Ship({ room, name }: { room: Room<Field>; name: string }) {
  notes.renders[name] = (notes.renders[name] ?? 0) + 1;
  const ship = useRoomState(room, ({ ships }) => ships.get(name));
  return <li data-name={name}>{ship?.x}</li>;
});

function Ships({ room }: { room: Room<Field> }) {
  notes.listRenders++;
  const names = useRoomState(room, namesOf);
  return (
    <ul>
      {names.map((name) => (
        <Ship key={name} room={room} name={name} />
      ))}
    </ul>
  );
}

function FieldView({ roomId }: { roomId: string }) {
  notes.fieldRenders++;
  const room = useRoom(field, { roomType: "field", roomId });
  useEvent(room, "ticked", (number) => void notes.heard.push(number));
  usePersisted(room);
  useEffect(() => {
    notes.mounts++;
  }, []);
  useEffect(() => {
    notes.statuses.push(`${roomId} ${room.status}`);
  }, [roomId, room.status]);
  return <Ships room={room} />;
}

/** Notes what has to outlive the page where that does, and sends numbers on and on, each once in the life of the tab. */
function usePersisted(room: Room<Field>) {
  const { client } = useConnection();
  const { session } = room;
  useEvent(room, "ticked", (number) => {
    if (!query.has("persist")) return;
    const key = `heard by ${client?.clientId ?? "nobody"}`;
    sessionStorage.setItem(key, `${sessionStorage.getItem(key) ?? ""}${number} `);
  });
  useEffect(() => {
    notes.clientId = client?.clientId ?? "";
    if (session === undefined || !query.has("persist")) return;
    notes.verdicts.push(session.lastVerdict);
    const timer = setInterval(() => {
      if (!notes.isSending) return;
      const key = `sent by ${notes.clientId}`;
      const number = Number(sessionStorage.getItem(key)) + 1;
      sessionStorage.setItem(key, `${number}`);
      void session.send("add", number);
    }, 20);
    return () => clearInterval(timer);
  }, [client, session]);
}

/** Asks for the same seat as {@link FieldView}. */
function Status({ roomId }: { roomId: string }) {
  const { status } = useRoom(field, { roomId, roomType: "field" });
  const connection = useConnection();
  return (
    <p id="status">
      {connection.status} {status}
    </p>
  );
}

/** The rooms there are, and a way to make one. */
function Rooms() {
  notes.lobbyRenders++;
  const { rooms, lobby } = useLobby({ roomType: "field" });
  const make = () => void lobby().createRoom({ roomType: "field", roomId: "made here" });
  return (
    <p id="rooms" onClick={make}>
      {rooms.map(({ roomId, players }) => `${roomId}: ${players}`).join(", ")}
    </p>
  );
}

function App() {
  const [roomId, setRoom] = useState("one");
  const [isShown, setShown] = useState(true);
  notes.setRoom = setRoom;
  notes.setShown = setShown;
  return (
    <>
      {isShown && <Status roomId={roomId} />}
      {isShown && <FieldView roomId={roomId} />}
      {isShown && query.has("lobby") && <Rooms />}
    </>
  );
}

const page = (
  <RoomlineProvider options={query.has("persist") ? { persist: sessionStorage } : {}}>
    <App />
  </RoomlineProvider>
);
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");
createRoot(root).render(query.has("strict") ? <StrictMode>{page}</StrictMode> : page);
