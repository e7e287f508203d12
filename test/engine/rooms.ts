import { z } from "zod";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import type { RoomDefinition } from "../../server/room/room-api.ts";
import { RoomlineError } from "../../shared/errors.ts";

/** A room that says again what it is told, with a table and an answer: enough for most rules. */
export const echoContract = defineContract({
  inputs: {
    say: json(z.string()),
    shout: withReply(json(z.string()), json(z.string())),
    whisper: json(z.string()),
    put: json(z.tuple([z.string(), z.number()])),
    fail: json(z.string()),
  },
  events: { said: json(z.string()) },
  state: { scores: json(z.object({ score: z.number() })) },
});

/** What happened to a room, in order. */
export interface Trace {
  readonly calls: string[];
}

export function createEchoRoom(
  trace: Trace = { calls: [] },
  overrides: Partial<RoomDefinition<typeof echoContract, undefined>> = {},
) {
  return defineRoom(echoContract, {
    onJoin: (_room, player) => void trace.calls.push(`join ${player.id}`),
    onDrop: (_room, player) => void trace.calls.push(`drop ${player.id}`),
    onResume: (_room, player) => void trace.calls.push(`resume ${player.id}`),
    onLeave: (_room, player, reason) => void trace.calls.push(`leave ${player.id} ${reason.name}`),
    onClose: () => void trace.calls.push("close"),
    onInput: {
      say: (room, player, text) => {
        room.publish("said", text, { from: player });
      },
      shout: (_room, _player, text) => {
        trace.calls.push(`shout ${text}`);
        if (text === "no") throw new RoomlineError("invalid-argument", "Do not shout no.");
        return text.toUpperCase();
      },
      whisper: (room, player, text) => {
        room.publish("said", text, { from: player, ephemeral: true });
      },
      put: (room, _player, [key, score]) => {
        room.state.scores.set(key, { score });
      },
      fail: (_room, _player, text) => {
        throw new Error(text);
      },
    },
    ...overrides,
  });
}

/** Handlers that do nothing, for tests that look at one input only. */
export const quietInputs = {
  say: () => undefined,
  shout: () => "",
  whisper: () => undefined,
  put: () => undefined,
  fail: () => undefined,
};
