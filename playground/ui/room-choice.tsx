import { useState } from "preact/hooks";
import { formatWhole } from "../../pages/format.ts";
import { useStore } from "../../pages/use-store.ts";
import type { LobbyRoom } from "roomline/client";
import type { Wish } from "../session/address.ts";
import type { RoomType } from "../session/described-contract.ts";
import { usePage } from "./context.ts";

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
  return (
    <aside class="choice">
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          Rooms {where !== "" && <span class="quiet">{where}</span>}
        </summary>
        {types.length === 0 ? (
          <p class="empty">
            This server has no room types: give <code>createServer</code> some in <code>rooms</code>.
          </p>
        ) : (
          <JoinForm types={types} wish={wish} onJoin={() => setOpen(false)} />
        )}
        <RoomList />
      </details>
    </aside>
  );
}

const firstWish: Wish = { roomType: "", roomId: "", mode: "join-or-create", options: "" };

function JoinForm(props: {
  readonly types: readonly RoomType[];
  readonly wish: Wish | undefined;
  readonly onJoin: () => void;
}) {
  const { types, wish, onJoin } = props;
  const { playground } = usePage();
  const [edited, setEdited] = useState<Partial<Wish>>({});
  const now: Wish = { ...firstWish, roomType: types[0]?.name ?? "", ...wish, ...edited };
  const edit = (part: Partial<Wish>): void => setEdited({ ...edited, ...part });
  const type = types.find(({ name }) => name === now.roomType);
  return (
    <form
      class="join"
      aria-label="Join"
      onSubmit={(event) => {
        event.preventDefault();
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
          {type === undefined && <option value={now.roomType}>{now.roomType}</option>}
        </select>
      </label>
      {type !== undefined && <TypeFacts type={type} />}
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
          onInput={(event) => edit({ options: event.currentTarget.value })}
        />
      </label>
      <button type="submit" class="primary">
        {wish === undefined ? "Join" : "Go there, all players"}
      </button>
    </form>
  );
}

/** What a room type is like, in a line. */
function TypeFacts({ type: { info, contract } }: { type: RoomType }) {
  const facts = [
    info.tickRateHz > 0 ? `${info.tickRateHz} ticks/s` : "on demand",
    ...(info.playersMax > 0 ? [`${info.playersMax} seats`] : []),
    ...(contract.presence === undefined ? [] : ["presence"]),
    ...(info.watchable ? ["watchable"] : []),
  ];
  return <p class="quiet type-facts">{facts.join(" · ")}</p>;
}

/** The rooms there are; one click, and all players are in that one. */
function RoomList() {
  const { playground } = usePage();
  const rooms = [...useStore(playground.server.rooms).values()];
  const wish = useStore(playground.wish);
  const join = ({ roomId, roomType }: LobbyRoom): void =>
    playground.join({ ...firstWish, roomType, roomId, mode: "join-or-create" });
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
