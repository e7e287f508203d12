import type { ChatRoom } from "../model/chat-room.ts";
import { Avatar } from "./avatar.tsx";

/** Who has a seat in the room, and who of them is there. */
export function MemberList({ room }: { readonly room: ChatRoom }) {
  const { members } = room;
  return (
    <aside class="members" aria-label={`Members of ${room.id}`}>
      <h2 class="panel-title">Here · {members.filter(({ online }) => online).length}</h2>
      <ul>
        {members.map(({ id, name, online }) => (
          <li key={id} class={online ? "" : "away"}>
            <Avatar name={name} />
            <span class="member-name">
              <span>{name}</span>
              {id === room.playerId && <span class="muted"> (you)</span>}
            </span>
            {!online && <span class="badge">offline</span>}
          </li>
        ))}
      </ul>
    </aside>
  );
}
