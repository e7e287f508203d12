import type { RoomView } from "../feed/room-watch.ts";
import type { SessionRow } from "../model/rows.ts";
import { Badge, toneOfState } from "../../pages/badge.tsx";
import { usePage } from "./context.ts";
import { LagBar } from "./lag-bar.tsx";

/** The players of a room, with where their sessions stand. */
export function Members({ view, sessions }: { view: RoomView; sessions: readonly SessionRow[] }) {
  const { room, members } = view;
  const byKey = new Map(
    sessions.filter(({ roomId }) => roomId === room.id).map((session) => [session.key, session]),
  );
  return (
    <section class="drawer-part" aria-label="Members">
      <h3>
        Members <span class="count">{members.length}</span>
      </h3>
      <ul class="members">
        {members.map(({ playerId, sessionId, connected, name }) => {
          const session = byKey.get(`${playerId}:${sessionId}`);
          const state = session?.state ?? (connected ? "active" : "detached");
          return (
            <li key={`${playerId}:${sessionId}`}>
              <span class="name">{name || playerId}</span>
              {name !== "" && name !== playerId && <span class="quiet">{playerId}</span>}
              <Badge tone={toneOfState(state)}>{state}</Badge>
              {session && <LagBar cursor={session.cursor} lag={session.lag} />}
              <Kick roomId={room.id} playerId={playerId} />
            </li>
          );
        })}
        {members.length === 0 && <li class="empty">Nobody is here.</li>}
      </ul>
    </section>
  );
}

function Kick({ roomId, playerId }: { roomId: string; playerId: string }) {
  const { monitor, ask } = usePage();
  const kick = () =>
    ask({
      title: `Kick ${playerId}?`,
      text: `${playerId} loses the seat in ${roomId} at once and is told "kicked". Its other rooms and its connection stay.`,
      action: "Kick",
      wantsMessage: true,
      async run(message) {
        await monitor.admin.kickPlayer({ roomId, playerId, message });
        return `${playerId} was kicked from ${roomId}.`;
      },
    });
  return (
    <button type="button" class="danger-quiet small" onClick={kick} aria-label={`Kick ${playerId}`}>
      Kick
    </button>
  );
}
