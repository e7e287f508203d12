import { z } from "zod";
import { createContractTable } from "../../shared/contract/contract-table.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import type { RoomDefinition } from "../../server/room/room-api.ts";

/** A room that does what it is told to, so that a test can say to it all that crosses the seam. */
export const feedContract = defineContract({
  inputs: {
    say: json(z.string()),
    /** Says it to those named only, or to all but them. */
    tell: json(z.object({ text: z.string(), to: z.array(z.string()), except: z.boolean() })),
    whisper: json(z.string()),
    put: json(z.tuple([z.string(), z.number()])),
    take: json(z.string()),
    /** Puts a row, and answers what is in it by then. */
    ask: withReply(json(z.tuple([z.string(), z.number()])), json(z.number())),
    refuse: json(z.string()),
    refuseToAnswer: withReply(json(z.string()), json(z.string())),
    /** Answered when the test says so. */
    wait: withReply(json(z.string()), json(z.string())),
    /** Publishes before, behind and after a change. */
    mark: json(z.string()),
    kick: json(z.string()),
    /** Changes a row and closes the room. */
    win: json(z.string()),
    close: json(z.string()),
  },
  events: { said: json(z.string()) },
  state: { rows: json(z.object({ n: z.number() })) },
});

export const feedKinds = createContractTable(feedContract);

/** What the rooms were told and did, in order, and what they wait for. */
export interface RoomTrace {
  readonly calls: string[];
  /** What `onJoin`, `create` and `wait` wait for, by what they were given. */
  readonly gates: Map<string, (answer: "yes" | RoomlineError) => void>;
}

type Definition = RoomDefinition<typeof feedContract, unknown>;

function definition(trace: RoomTrace): Definition {
  const { calls, gates } = trace;
  const gate = (name: string): Promise<void> =>
    new Promise((resolve, reject) => {
      gates.set(name, (answer) => (answer === "yes" ? resolve() : reject(answer)));
    });
  const playersOf = (room: Parameters<NonNullable<Definition["onClose"]>>[0], ids: string[]) =>
    ids.flatMap((id) => room.players.get(id) ?? []);
  return {
    emptyDelayMs: 600_000,
    portable: true,
    create(room, options) {
      calls.push(`create ${room.id} ${JSON.stringify(options)}`);
      room.metadata = { made: "of", options: options ?? null };
      // A room may take its time to be made; its type does not say so.
      const how = options as { readonly gate?: string } | undefined;
      return how?.gate === undefined ? undefined : gate(how.gate);
    },
    onJoin(_, player, options) {
      calls.push(`join ${player.id} ${JSON.stringify([player.claims, options])}`);
      const how = options as { readonly gate?: string; readonly no?: string } | undefined;
      if (how?.no !== undefined) throw new RoomlineError("join-refused", how.no);
      const answer: unknown = how?.gate === undefined ? undefined : gate(how.gate);
      return answer;
    },
    onDrop: (_, player) => void calls.push(`drop ${player.id}`),
    onResume: (_, player) => void calls.push(`resume ${player.id}`),
    onLeave: (_, player, reason) => void calls.push(`leave ${player.id} ${reason.name}`),
    onClose: () => void calls.push("close"),
    onInput: {
      say: (room, player, text) => void room.publish("said", text, { from: player }),
      tell(room, _, { text, to, except }) {
        const players = playersOf(room, to);
        room.publish("said", text, except ? { except: players } : { to: players });
      },
      whisper: (room, player, text) =>
        void room.publish("said", text, { from: player, ephemeral: true }),
      put(room, player, [key, n]) {
        calls.push(`put ${player.id} ${key} ${n}`);
        room.state.rows.set(key, { n });
      },
      take: (room, _, key) => void room.state.rows.delete(key),
      ask(room, player, [key, n]) {
        calls.push(`ask ${player.id} ${key} ${n}`);
        const row = { n: (room.state.rows.get(key)?.n ?? 0) + n };
        room.state.rows.set(key, row);
        return row.n;
      },
      refuse(_, __, text) {
        throw new RoomlineError("invalid-argument", text);
      },
      refuseToAnswer(_, __, text) {
        throw new RoomlineError("invalid-argument", text);
      },
      wait: (_, __, name) => gate(name).then(() => `${name} is over`),
      mark(room, _, key) {
        room.publish("said", "before");
        room.state.rows.set(key, { n: 1 });
        room.publish("said", "behind", { afterState: true });
        room.publish("said", "after");
      },
      win(room, player, message) {
        room.state.rows.set(player.id, { n: 1 });
        room.close(message);
      },
      kick(room, _, id) {
        const player = room.players.get(id);
        if (player !== undefined) room.kick(player, "Out.");
      },
      close: (room, _, message) => room.close(message),
    },
  };
}

/** The types of rooms that the contract is tried on. */
export function feedRooms(trace: RoomTrace) {
  const common = definition(trace);
  return {
    /** Runs when something happens. */
    event: defineRoom(feedContract, { ...common, watchable: true, tickRateHz: 0 }),
    /** Runs in steps. */
    ticked: defineRoom(feedContract, { ...common, tickRateHz: 20, historyOnJoin: 7 }),
    /** Runs in steps, and shows every fourth. */
    slow: defineRoom(feedContract, { ...common, tickRateHz: 20, updateRateHz: 5 }),
    /** Forgets soon. */
    short: defineRoom(feedContract, { ...common, tickRateHz: 0, log: { entriesMax: 4 } }),
    /** Has one seat. */
    single: defineRoom(feedContract, { ...common, tickRateHz: 0, maxPlayers: 1 }),
  };
}
