import { createLobby, type Lobby, type LobbyChange } from "roomline/client";
import type { Checked } from "../options/option-reader.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { targetFailure } from "../target/target-failure.ts";
import type { RoomsOptions } from "./rooms-options.ts";
import { roomLine, roomsTable } from "./rooms-table.ts";

const clearScreen = "\u001b[H\u001b[2J\u001b[3J";

/** Shows the rooms of a server, once or until it is told to stop. Resolves to the exit code. */
export async function showRooms(
  checked: Checked<RoomsOptions>,
  around: Surroundings,
): Promise<number> {
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  const options = checked.value;
  const { target, filter, json } = options;
  const { url, ...caller } = target;
  const lobby = createLobby(url, caller);
  try {
    // Also before a watch, which would wait for its server.
    const rooms = await lobby.listRooms(filter, Infinity);
    if (options.watch) return await follow(lobby, options, around);
    around.stdout.write(json ? `${JSON.stringify(rooms)}\n` : roomsTable(rooms, Date.now()));
    return exitCodes.ok;
  } catch (error) {
    return reportFailure(around, targetFailure(error, target));
  }
}

async function follow(
  lobby: Lobby,
  { filter, json, target }: RoomsOptions,
  around: Surroundings,
): Promise<number> {
  const { stdout, stderr } = around;
  const print = (change: LobbyChange): void => {
    if (json) stdout.write(jsonLine(change));
    else if (stdout.isTTY === true) stdout.write(`${clearScreen}${screen(change)}`);
    else stdout.write(changeLines(change));
  };
  const watch = lobby.watchRooms(filter, {
    onChange: print,
    onStatus: (status, why) => {
      if (status === "waiting") stderr.write(`roomline: ${why} Trying again.\n`);
    },
  });
  const release = around.onSignal(() => watch.stop());
  const refusal = await watch.ended;
  release();
  return refusal === undefined
    ? exitCodes.ok
    : reportFailure(around, targetFailure(refusal, target));
}

function screen({ rooms }: LobbyChange): string {
  return roomsTable([...rooms.values()], Date.now());
}

function jsonLine({ changed, removed }: LobbyChange): string {
  return `${JSON.stringify({ changed, removed })}\n`;
}

/** For pipes and files: a line for each room that came, changed or went. */
function changeLines({ changed, removed }: LobbyChange): string {
  const lines = [
    ...removed.map((id) => `- ${id}`),
    ...changed.map((room) => `+ ${roomLine(room)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
