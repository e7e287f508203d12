import { defineRoom, RoomlineError, type Room } from "roomline/server";
import { conversation } from "./contract.ts";
import { talkativeModel, type Model } from "./model.ts";

/** What is under way. */
interface Work {
  running: { readonly answer: string; isStopped: boolean } | undefined;
}

/** A conversation: one answer at a time, which goes on whoever reads it. */
export function createConversationRoom(model: Model) {
  return defineRoom(conversation, {
    maxPlayers: 50,
    // Whoever opens the page while an answer is under way is told all of it.
    historyOnJoin: 4_000,
    log: { entriesMax: 4_000, bytesMax: 2 ** 21, ageMsMax: 60 * 60_000 },
    // An answer goes on while nobody looks, as during a reload.
    emptyDelayMs: 10 * 60_000,

    create: (): Work => ({ running: undefined }),

    onInput: {
      ask(room, _player, { question }) {
        if (room.data.running !== undefined)
          throw new RoomlineError("refused", "One answer at a time: wait, or stop it.");
        const answer = String([...room.state.answers.keys()].length + 1);
        const running = { answer, isStopped: false };
        room.data.running = running;
        room.state.answers.set(answer, { question, status: "running", text: "", tokens: 0 });
        // Nobody waits for it here: who asked is told at once that the question has come.
        void write(
          room,
          running,
          model(question, (ms) => pause(room, ms)),
        );
      },
      stop(room) {
        if (room.data.running !== undefined) room.data.running.isStopped = true;
      },
    },
  });
}

async function write(
  room: Room<typeof conversation, Work>,
  running: NonNullable<Work["running"]>,
  pieces: AsyncIterable<string>,
): Promise<void> {
  const { answer } = running;
  let [text, tokens] = ["", 0];
  let status: "done" | "stopped" | "failed" = "done";
  try {
    for await (const piece of pieces) {
      if (running.isStopped) {
        status = "stopped";
        break;
      }
      text += piece;
      room.publish("token", { answer, number: ++tokens, text: piece });
    }
  } catch (error) {
    status = "failed";
    room.log.error({ error, answer }, "the model has failed");
  }
  const row = room.state.answers.get(answer);
  if (row !== undefined) Object.assign(row, { status, text, tokens });
  room.data.running = undefined;
  room.touch(); // this was changed outside of a handler
}

const pause = (room: Room<typeof conversation, Work>, ms: number): Promise<void> =>
  new Promise((resolve) => room.after(ms, resolve));

/** The rooms of the server, by the name of their type. */
export const rooms = { conversation: createConversationRoom(talkativeModel) };
