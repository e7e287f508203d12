import { useRef } from "preact/hooks";
import { useStore } from "../../pages/use-store.ts";
import type { Player } from "../session/player.ts";
import { ChangesPanel } from "./changes-panel.tsx";
import { EventsPanel } from "./events-panel.tsx";
import { MembersPanel } from "./members-panel.tsx";
import { PlayerHead } from "./player-head.tsx";
import { SendForm } from "./send-form.tsx";
import { StatePanel } from "./state-panel.tsx";
import { usePage } from "./context.ts";

/** One player, with all there is to it. */
export function PlayerColumn(props: {
  readonly player: Player;
  readonly index: number;
  readonly isChosen: boolean;
}) {
  const { player, index, isChosen } = props;
  const { playground } = usePage();
  const { name, session, lastRoomType } = useStore(player.view);
  const types = useStore(playground.server.types);
  const roomType = types?.find((type) => type.name === (session?.roomType ?? lastRoomType));
  // What is in its forms belongs to one description.
  const described = useRef({ roomType, number: 0 });
  if (described.current.roomType !== roomType)
    described.current = { roomType, number: described.current.number + 1 };
  const description = described.current.number;
  return (
    <section
      class={`player${isChosen ? " chosen" : ""}`}
      aria-label={`Player ${name}`}
      data-player={name}
    >
      <PlayerHead player={player} index={index} />
      {roomType !== undefined && session?.status !== "joining" && (
        <div class="player-body">
          {session !== undefined && (
            <SendForm key={description} player={player} roomType={roomType} />
          )}
          <EventsPanel player={player} roomType={roomType} />
          <StatePanel player={player} />
          <ChangesPanel player={player} />
          <MembersPanel player={player} />
        </div>
      )}
    </section>
  );
}
