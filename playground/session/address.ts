/** A player as a link to the page has it. */
export interface LinkedPlayer {
  /** What it is called. */
  readonly name: string;
  /** Whether that is its client id as it stands, because somebody typed it; otherwise each tab adds a word of its own. */
  readonly exact: boolean;
  /** As `emulateNetwork` takes it; empty: as good as it is. */
  readonly network: string;
}

/** The room that is wanted. */
export interface Wish {
  /** Empty: that of the room. */
  readonly roomType: string;
  /** Empty: whichever is found or made. */
  readonly roomId: string;
  readonly mode: "join" | "create" | "join-or-create";
  /** What `create` and `onJoin` of the room are given, as JSON; empty: nothing. */
  readonly options: string;
}

/** Any room, without options. */
export const anyRoom: Wish = { roomType: "", roomId: "", mode: "join-or-create", options: "" };

/** What a link to the page says. */
export interface Linked {
  readonly wish: Wish | undefined;
  readonly players: readonly LinkedPlayer[];
}

/** More players are left out of a link, and not added. */
export const playersMax = 8;

/** The part of a link behind its #. Secrets are never in it. */
export function hashOf({ wish, players }: Linked): string {
  const parts: [string, string][] = [];
  if (wish !== undefined) {
    parts.push(["type", wish.roomType], ["room", wish.roomId]);
    if (wish.mode !== "join-or-create") parts.push(["mode", wish.mode]);
    parts.push(["options", wish.options]);
  }
  for (const { name, exact, network } of players)
    parts.push([exact ? "client" : "player", name], ["network", network]);
  const said = parts.filter(([, value]) => value !== "");
  return said.length === 0 ? "" : `#${new URLSearchParams(said).toString()}`;
}

/** What a link says. What it says wrongly is left out: anybody may have written it. */
export function linkedBy(hash: string): Linked {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const roomType = said.get("type") ?? "";
  const roomId = said.get("room") ?? "";
  const mode = said.get("mode");
  return {
    wish:
      roomType === "" && roomId === ""
        ? undefined
        : {
            roomType,
            roomId,
            mode: mode === "join" || mode === "create" ? mode : "join-or-create",
            options: said.get("options") ?? "",
          },
    players: playersOf(said).slice(0, playersMax),
  };
}

/** A network is that of the player before it. */
function playersOf(said: URLSearchParams): LinkedPlayer[] {
  const players: LinkedPlayer[] = [];
  for (const [key, value] of said) {
    const last = players.at(-1);
    if (key === "network" && last !== undefined)
      players[players.length - 1] = { ...last, network: value };
    else if ((key === "player" || key === "client") && value !== "")
      players.push({ name: value, exact: key === "client", network: "" });
  }
  return players;
}
