import type { JsonValue } from "@bufbuild/protobuf";
import { Badge } from "../../pages/badge.tsx";
import { formatDuration, formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { useStore } from "../../pages/use-store.ts";
import type { Member } from "../../shared/contract/presence.ts";
import { Part } from "./part.tsx";
import type { Player } from "../session/player.ts";
import { usePage } from "./context.ts";

/** Members drawn at most. */
const membersShown = 100;

/** Who is in the room, and what each says of itself; of rooms with presence. */
export function MembersPanel({ player }: { player: Player }) {
  const { playground } = usePage();
  const state = useStore(player.state);
  const { clientId } = useStore(player.view);
  const rows = state?.members?.rows;
  if (rows === undefined) return null;
  const members = [...rows.values()].slice(
    0,
    membersShown,
  ) as unknown as readonly Member<JsonValue>[];
  return (
    <Part title="Members" count={formatWhole(rows.size)}>
      <ul class="rows members">
        {members.map(({ id, connected, sinceMs, presence }) => (
          <li key={id} data-member={id}>
            <b>{id}</b>
            {id === clientId && <span class="quiet">this player</span>}
            <Badge tone={connected ? "good" : "warning"}>{connected ? "connected" : "away"}</Badge>
            <span class="quiet">{formatDuration(playground.clock.wallNow() - sinceMs)}</span>
            <code>{presence === undefined ? "" : jsonLine(presence)}</code>
          </li>
        ))}
        {members.length === 0 && <li class="empty">Nobody is here.</li>}
      </ul>
    </Part>
  );
}
