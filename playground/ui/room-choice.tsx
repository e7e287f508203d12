import { useEffect, useId, useState } from "preact/hooks";
import { formatWhole } from "../../pages/format.ts";
import { parseJsonText } from "../../pages/json-text.ts";
import { useStore } from "../../pages/use-store.ts";
import type { LobbyRoom } from "roomline/client";
import { anyRoom, type Wish } from "../session/address.ts";
import type { RoomType } from "../session/described-contract.ts";
import { usePage } from "./context.ts";
import { TypeFacts } from "./type-cards.tsx";

/** Rooms drawn at most. */
const roomsShown = 100;

const modes: readonly { readonly mode: Wish["mode"]; readonly label: string }[] = [
  { mode: "join-or-create", label: "join or create" },
  { mode: "join", label: "join" },
  { mode: "create", label: "create" },
];

/** Which room all players go to. */
export function RoomChoice({ types }: { types: readonly RoomType[] }) {
  const { playground } = usePage();
  const wish = useStore(playground.wish);
  const [isOpen, setOpen] = useState(wish === undefined);
  const where = wish === undefined ? "" : [wish.roomType, wish.roomId].filter(Boolean).join(" · ");
  // On a narrow screen it makes way for the players.
  useEffect(() => setOpen(wish === undefined), [wish === undefined]);
  return (
    <aside class={isOpen ? "choice" : "choice closed"} aria-label="Rooms">
      <button
        type="button"
        class="choice-toggle"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> Rooms{" "}
        <span class="quiet">{where}</span>
      </button>
      <div class="choice-body">
        {types.length > 0 && <JoinForm types={types} wish={wish} onJoin={() => setOpen(false)} />}
        <RoomList />
      </div>
    </aside>
  );
}

function JoinForm(props: {
  readonly types: readonly RoomType[];
  readonly wish: Wish | undefined;
  readonly onJoin: () => void;
}) {
  const { types, wish, onJoin } = props;
  const { playground } = usePage();
  const [edited, setEdited] = useState<Partial<Wish>>({});
  const now: Wish = { ...anyRoom, roomType: types[0]?.name ?? "", ...wish, ...edited };
  const edit = (part: Partial<Wish>): void => setEdited({ ...edited, ...part });
  const type = types.find(({ name }) => name === now.roomType);
  const fault = optionsFault(now.options);
  const isNowhere = now.roomType === "" && now.roomId.trim() === "";
  return (
    <form
      class="join"
      aria-label="Join"
      onSubmit={(event) => {
        event.preventDefault();
        if (fault !== "") return;
        playground.join({ ...now, roomId: now.roomId.trim() });
        setEdited({});
        onJoin();
      }}
    >
      <label class="field">
        Room type
        <select
          value={now.roomType}
          onChange={(event) =>
            edit({ roomType: event.currentTarget.value, roomId: "", options: "" })
          }
        >
          {types.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value="">the room’s own, by its id</option>
          {type === undefined && now.roomType !== "" && (
            <option value={now.roomType}>{now.roomType}</option>
          )}
        </select>
      </label>
      {type !== undefined && <TypeFacts type={type} />}
      <WhichRoom wish={now} fault={fault} onEdit={edit} />
      <button type="submit" class="primary" disabled={isNowhere}>
        {wish === undefined ? "Join" : "Go there, all players"}
      </button>
    </form>
  );
}

/** Which of the rooms of a type, and with what. */
function WhichRoom(props: {
  readonly wish: Wish;
  /** What is wrong with the options; empty: nothing. */
  readonly fault: string;
  readonly onEdit: (part: Partial<Wish>) => void;
}) {
  const { wish: now, fault, onEdit: edit } = props;
  const faultId = useId();
  return (
    <>
      <div class="pair">
        <label class="field">
          Room id
          <input
            value={now.roomId}
            placeholder="any"
            maxLength={128}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => edit({ roomId: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          Mode
          <select
            value={now.mode}
            onChange={(event) => edit({ mode: event.currentTarget.value as Wish["mode"] })}
          >
            {modes.map(({ mode, label }) => (
              <option key={mode} value={mode}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="field">
        Options, as JSON
        <textarea
          rows={2}
          value={now.options}
          placeholder="none"
          spellcheck={false}
          aria-invalid={fault !== ""}
          aria-describedby={faultId}
          onInput={(event) => edit({ options: event.currentTarget.value })}
        />
      </label>
      <p id={faultId} class="fault" role="alert" hidden={fault === ""}>
        {fault}
      </p>
    </>
  );
}

function optionsFault(options: string): string {
  const parsed = parseJsonText(options);
  return parsed.ok ? "" : parsed.message;
}

/** The rooms there are; one click, and all players are in that one. */
function RoomList() {
  const { playground } = usePage();
  const rooms = [...useStore(playground.server.rooms).values()];
  const wish = useStore(playground.wish);
  const join = ({ roomId, roomType }: LobbyRoom): void =>
    playground.join({ ...anyRoom, roomType, roomId, mode: "join-or-create" });
  return (
    <section class="room-list" aria-label="Open rooms">
      <h3>
        Open rooms <span class="count">{formatWhole(rooms.length)}</span>
      </h3>
      <ul class="rows">
        {rooms.slice(0, roomsShown).map((room) => (
          <li key={room.roomId} class={room.roomId === wish?.roomId ? "current" : ""}>
            <span class="name" title={room.roomId}>
              {room.roomId}
            </span>
            <span class="quiet">{room.roomType}</span>
            <span class="numbers">
              {room.players}
              {room.playersMax > 0 && <span class="quiet"> / {room.playersMax}</span>}
              {room.locked && <span class="quiet"> locked</span>}
              {room.asleep && <span class="quiet"> asleep</span>}
            </span>
            <button
              type="button"
              class="small"
              aria-label={`Join ${room.roomId}`}
              onClick={() => join(room)}
            >
              Join
            </button>
          </li>
        ))}
        {rooms.length === 0 && <li class="empty">None yet: join one, and it is made.</li>}
      </ul>
      {rooms.length > roomsShown && <p class="quiet">the first {roomsShown}</p>}
    </section>
  );
}
