import { RoomlineError, type Client, type JoinOptions } from "roomline/client";
import { arena } from "../../examples/arena/contract.ts";
import { chat } from "../../examples/chat/contract.ts";
import { rowsOf, rowsWrong, type Tables } from "./checks/tables.ts";
import type { LoadOptions } from "./load-options.ts";
import type { RoomRecord, Seat } from "./seat.ts";

/** Rooms that are looked at together. */
const roomsAtATime = 16;
/** How often is looked, and how long the seats of a room may take to have what the newcomer has. */
const lookMs = 50;
const patienceMs = 3_000;

/**
 * Compares the state at every seat with what a newcomer is given, whose snapshot owes nothing to the updates that the seats
 * have lived by. The newcomer takes one more seat. Called once the rooms are at rest. Resolves to the number of rows that
 * are not the same, at all seats together; rejects when the newcomer gets no seat.
 */
export async function auditState(
  client: Client,
  rooms: readonly RoomRecord[],
  options: Pick<LoadOptions, "roomType" | "expectLosses">,
): Promise<number> {
  let wrong = 0;
  const waiting = [...rooms];
  const work = async (): Promise<void> => {
    for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) {
      const newcomer = await enter(client, room.id, options.roomType).catch((thrown: unknown) => {
        // It has gone with its process since: what became of it, its players are told.
        const isGone = RoomlineError.from(thrown).code === "unknown-room";
        if (!isGone || !options.expectLosses) throw thrown;
      });
      if (newcomer === undefined) continue;
      wrong += await compare(room.seats, newcomer.state);
      await newcomer.leave();
    }
  };
  await Promise.all(Array.from({ length: roomsAtATime }, work));
  return wrong;
}

/** Takes a seat, and waits for its snapshot. */
async function enter(client: Client, roomId: string, roomType: LoadOptions["roomType"]) {
  const where: JoinOptions = { roomType, roomId, mode: "join", rejoin: false };
  const session = await (roomType === "arena"
    ? client.join(arena, where)
    : client.join(chat, where));
  await new Promise<void>((resolve, reject) => {
    const unsubscribe = session.onState(() => {
      unsubscribe();
      resolve();
    });
    session.onClose(({ reason }) =>
      reject(new RoomlineError("unknown-room", `The room has ended: ${reason.name}.`)),
    );
  });
  return { state: session.state as Tables, leave: () => session.leave() };
}

/** That the newcomer is there is news to the seats: they are given some time. */
async function compare(seats: readonly Seat[], newcomer: Tables): Promise<number> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const right = rowsOf(newcomer);
    const present = seats.filter(({ session }) => session.status === "active");
    const wrong = present.reduce((sum, { tables }) => sum + rowsWrong(rowsOf(tables), right), 0);
    if (wrong === 0 || performance.now() >= untilMs) return wrong;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
