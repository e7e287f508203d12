import { setTimeout } from "node:timers/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createServer, RoomlineError } from "roomline/server";
import { createSystemClock } from "../../shared/clock.ts";
import { workerHere, type Worker } from "../../server/workers/worker.ts";
import type { Checked } from "../options/option-reader.ts";
import { prepareServe, type Prepared } from "../serve/prepare.ts";
import { roomsOf, type RoomModule } from "../serve/room-module.ts";
import type { ServeOptions } from "../serve/serve-options.ts";
import { exitCodes, reportMistakes, type Surroundings } from "../surroundings.ts";
import { codeOf, failureOf, failureText } from "./failure.ts";
import { gatherMs, isUsers, tellLoadedFiles } from "./loaded-files.ts";

const nobody: RoomModule = { rooms: {}, authenticate: undefined };

/**
 * One of the processes of `roomline dev`: it has loaded the engine, and waits to be told what it is to be. Resolves to its exit code.
 */
export async function runDevChild(
  module: string,
  checked: Checked<ServeOptions>,
  around: Surroundings,
): Promise<number> {
  const worker = await workerHere(createSystemClock());
  if (worker === undefined) return exitCodes.failed;
  const rooms = worker.edge === undefined ? await loadRooms(module, worker) : nobody;
  if (rooms === undefined) return exitCodes.failed;
  const isTerminal = around.stdout.isTTY === true;
  const prepared = await prepareServe({ module: undefined, checked, demo: rooms, isTerminal });
  if (!prepared.ok) return reportMistakes(around, prepared.mistakes);
  // Rooms are kept by saves already, whatever the environment says of a store.
  const { store: _, ...options } = prepared.value.options;
  return serve({ ...prepared.value, options });
}

async function serve({ options, log }: Prepared): Promise<number> {
  try {
    const server = await createServer({ ...options, log });
    await server.closed;
    return exitCodes.ok;
  } catch {
    // The one who has started it has been told why.
    return exitCodes.failed;
  }
}

/** The rooms of the user's module; undefined: whoever has started this process knows why there are none. */
async function loadRooms(module: string, worker: Worker): Promise<RoomModule | undefined> {
  const path = resolve(module);
  const loaded = new Set<string>();
  const tell = (files: readonly string[]): void => {
    for (const file of files) loaded.add(file);
    worker.tellFiles(files);
  };
  tellLoadedFiles(tell);
  tell([path]);
  try {
    const exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    const found = roomsOf(module, { ...exported });
    if (found.ok) return { ...found.value, rooms: volatile(found.value.rooms) };
    worker.fail(new RoomlineError("invalid-config", found.mistakes.join("\n")));
  } catch (thrown) {
    // Which files those are comes from another thread.
    await setTimeout(10 * gatherMs);
    const failure = failureOf(thrown, {
      cwd: process.cwd(),
      isUsers,
      loaded: [...loaded].filter(isUsers),
    });
    worker.fail(new RoomlineError("invalid-config", failureText(failure, codeOf(failure))));
  }
  return undefined;
}

/** Rooms are kept by saves already, and there is no store for more. */
function volatile(rooms: RoomModule["rooms"]): RoomModule["rooms"] {
  const entries = Object.entries(rooms).map(([name, room]) => {
    const definition = { ...room.definition, durability: "volatile" as const };
    return [name, { ...room, definition }] as const;
  });
  return Object.fromEntries(entries);
}
