import { useStore } from "../../pages/use-store.ts";
import { anyRoom } from "../session/address.ts";
import type { RoomType } from "../session/described-contract.ts";
import { usePage } from "./context.ts";

/** What there is to play, before anybody has joined: a room type each. */
export function TypeCards() {
  const { playground } = usePage();
  const types = useStore(playground.server.types) ?? [];
  if (types.length === 0)
    return (
      <section class="access">
        <h2>This server has no room types</h2>
        <p>
          Give it some: <code>createServer({"{ rooms: { … } }"})</code>. This page shows them when
          the server is back.
        </p>
      </section>
    );
  return (
    <>
      <div class="lead">
        <h2>What do you want to try?</h2>
        <p class="quiet">
          Each player here is a client of its own. Join a room, send what its contract knows, and
          watch what comes. Then add players, and give one of them a bad network.
        </p>
      </div>
      <div class="types">
        {types.map((type) => (
          <TypeCard key={type.name} type={type} />
        ))}
      </div>
    </>
  );
}

function TypeCard({ type }: { type: RoomType }) {
  const { playground } = usePage();
  const { name, contract } = type;
  const parts = [
    ["inputs", contract.inputs],
    ["events", contract.events],
    ["tables", contract.state],
  ] as const;
  return (
    <article class="type">
      <div>
        <h2>{name}</h2>
        <TypeFacts type={type} />
        <dl>
          {parts.map(([what, kinds]) => (
            <div key={what} class="type-part">
              <dt>{what}</dt>
              <dd>{Object.keys(kinds).join(", ") || "none"}</dd>
            </div>
          ))}
        </dl>
      </div>
      <button
        type="button"
        class="primary"
        aria-label={`Join ${name}`}
        onClick={() => playground.join({ ...anyRoom, roomType: name })}
      >
        Join
      </button>
    </article>
  );
}

/** What a room type is like, in a line. */
export function TypeFacts({ type: { info, contract } }: { type: RoomType }) {
  const facts = [
    info.tickRateHz > 0 ? `${info.tickRateHz} ticks/s` : "on demand",
    ...(info.playersMax > 0 ? [`${info.playersMax} seats`] : []),
    ...(contract.presence === undefined ? [] : ["presence"]),
    ...(info.watchable ? ["watchable"] : []),
  ];
  return <p class="quiet type-facts">{facts.join(" · ")}</p>;
}
