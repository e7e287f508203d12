import { z } from "zod";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { Limits } from "../../shared/limits.ts";
import type { Log } from "../../server/observe/log.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import type { Room } from "../../server/room/room-api.ts";
import { bytesOf, createBench } from "./harness.ts";

/** A room with events of many kinds, and inputs that do what a test says. */
export const contract = defineContract({
  inputs: { run: json<string>(), ask: withReply(json<string>(), json()) },
  events: {
    any: json(),
    day: json(z.object({ at: z.date() })),
    text: json(z.object({ text: z.string().max(5), more: z.string().optional() })),
    // What is sent is a text; clients get a Date.
    later: json(z.string().transform((text) => new Date(text))),
  },
  state: { docs: json() },
});
export type Act = (room: Room<typeof contract>) => unknown;

/** A room that does what a test says when it gets an input, and what its log was told. */
export function createRun(act: Act, limits: Partial<Limits> = {}) {
  const errors: RoomlineError[] = [];
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object) => void errors.push((fields as { err: RoomlineError }).err),
    child: () => log,
  };
  const room = defineRoom(contract, {
    create: ({ state }) => void state.docs.set("kept", { it: null }),
    onInput: { run: (room) => void act(room), ask: (room) => act(room) },
  });
  const bench = createBench({ rooms: { room }, log, limits });
  const ann = bench.connect("ann");
  ann.join("1", { roomType: "room" });
  bench.clock.advance(100);
  let seq = 0;
  const send = (kind: 1 | 2): void => {
    const value = { seq: BigInt(++seq), kind, payload: bytesOf(""), wantsReply: kind === 2 };
    ann.send({ sessionId: "1", body: { case: "input", value } });
    bench.clock.advance(100);
  };
  const sendAnew = (kind: 1 | 2) => (): void => {
    ann.clear();
    send(kind);
  };
  return { bench, ann, errors, send, run: sendAnew(1), ask: sendAnew(2) };
}
