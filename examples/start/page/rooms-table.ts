/** What this page looks at of an answer of `roomline.v1.LobbyService/ListRooms`. */
interface RoomRow {
  readonly roomId: string;
  readonly roomType: string;
  readonly players: number;
  readonly playersMax: number;
}

const intervalMs = 3_000;
const listPath = "/roomline.v1.LobbyService/ListRooms";
/** The pages that show rooms of a type. */
const pages: Readonly<Record<string, (roomId: string) => string>> = {
  chat: (roomId) => `/chat/#${encodeURIComponent(roomId)}`,
  arena: () => "/arena/",
  ticker: () => "/ticker/",
};

/** Keeps the table of rooms up to date, while somebody can see it. */
export function showRooms(): void {
  const command = `curl -d '{}' -H 'content-type: application/json' ${location.origin}${listPath}`;
  element("curl").textContent = command;
  const update = async (): Promise<void> => {
    if (document.hidden) return;
    try {
      const rooms = await listRooms();
      element("rooms")
        .querySelector("tbody")
        ?.replaceChildren(...rooms.map(rowOf));
      const players = rooms.reduce((sum, room) => sum + room.players, 0);
      showState("good", `${rooms.length} rooms, ${players} seats taken`);
    } catch {
      showState("bad", "the server does not answer");
    }
  };
  void update();
  setInterval(() => void update(), intervalMs);
}

/** Every service of the server answers plain JSON: this needs no library. */
async function listRooms(): Promise<readonly RoomRow[]> {
  const response = await fetch(listPath, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const answer: unknown = await response.json();
  const rooms = member(answer, "rooms");
  return Array.isArray(rooms) ? rooms.map(readRow) : [];
}

/** JSON leaves out what is empty or 0. */
function readRow(room: unknown): RoomRow {
  const text = (name: string): string => {
    const value = member(room, name);
    return typeof value === "string" ? value : "";
  };
  return {
    roomId: text("roomId"),
    roomType: text("roomType"),
    players: Number(member(room, "players") ?? 0),
    playersMax: Number(member(room, "playersMax") ?? 0),
  };
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function rowOf({ roomId, roomType, players, playersMax }: RoomRow): HTMLElement {
  const row = document.createElement("tr");
  const address = pages[roomType]?.(roomId);
  const name = document.createElement(address === undefined ? "span" : "a");
  if (address !== undefined) name.setAttribute("href", address);
  name.textContent = roomId;
  const seats = playersMax === 0 ? "" : String(playersMax);
  row.append(cell(name), cell(roomType), cell(String(players), true), cell(seats, true));
  return row;
}

function cell(content: string | Node, isNumber = false): HTMLElement {
  const cell = document.createElement("td");
  if (isNumber) cell.className = "number";
  cell.append(content);
  return cell;
}

function showState(tone: "good" | "bad", text: string): void {
  const state = element("live-state");
  state.className = `badge ${tone}`;
  const dot = document.createElement("span");
  dot.className = `dot ${tone}`;
  state.replaceChildren(dot, text);
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found;
}
