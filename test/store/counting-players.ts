import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { runRoomline } from "../cli/spawn-roomline.ts";
import { keptContract } from "./kept-contract.ts";
import { eventually } from "./kept-processes.ts";

const playersCount = 4;

/** How far each player's numbers are acknowledged, in each of its rooms. */
type Acked = readonly (readonly number[])[];

/** A player in a chat and in a game. */
async function play(port: number, at: number) {
  const scheme = at % 2 === 0 ? "" : "ws://";
  // They are killed far more often than a server is, and are not to be patient: what is timed is the server.
  const options = { clientId: `p${at}`, backoff: { maxMs: 100 } };
  const client = await connect(`${scheme}127.0.0.1:${port}`, options);
  const told: string[] = [];
  const rooms = await Promise.all(
    ["durable", "game"].map(async (roomType) => {
      const session = await client.join(keptContract, { roomType, roomId: roomType });
      const heard: string[] = [];
      session.on("said", (text) => heard.push(text));
      session.onGap(({ reason }) => told.push(`gap ${reason}`));
      session.onRejoin(() => told.push("rejoin"));
      session.onClose(({ reason }) => told.push(reason.name));
      return { roomType, session, heard, acked: 0 };
    }),
  );
  return { name: `p${at}`, client, told, rooms };
}

/** Players of a real server that is killed: over gRPC and WebSocket, each says one number after the other in each of its durable rooms. */
export async function createCountingPlayers(port: number) {
  const players = await Promise.all(
    Array.from({ length: playersCount }, (_, at) => play(port, at)),
  );
  const sending: Promise<unknown>[] = [];
  let number = 0;
  return {
    clients: players.map(({ client }) => client),
    /** Each says its next numbers, so far apart. */
    async say(times: number, everyMs: number): Promise<void> {
      for (let time = 0; time < times; time++) {
        number++;
        for (const { rooms } of players) {
          for (const room of rooms)
            sending.push(room.session.send("say", number).then(() => room.acked++));
        }
        await sleep(everyMs);
      }
    },
    get areLive(): boolean {
      return players.every(({ client }) => client.state === "live");
    },
    acked: (): Acked => players.map(({ rooms }) => rooms.map((room) => room.acked)),
    /** Whether all are connected, and see at least so much of what they have said. */
    see: (acked: Acked): boolean =>
      players.every(({ client, rooms, name }, at) =>
        rooms.every(
          ({ session }, of) =>
            client.state === "live" &&
            (session.state.counts.get(name)?.n ?? 0) >= (acked[at]?.[of] ?? 0),
        ),
      ),
    /** All that was said is there, heard by all once and in order, and nobody was told of anything. */
    async check(): Promise<void> {
      await eventually(
        () => players.every(({ rooms }) => rooms.every(({ acked }) => acked === number)),
        "all is acknowledged",
      );
      await Promise.all(sending);
      for (const { name, told, rooms } of players) {
        assert.deepEqual(told, [], name);
        for (const { roomType, session, heard } of rooms) {
          await eventually(() => heard.length >= number * players.length, `${name} hears all`);
          for (const { name: other } of players) {
            const own = heard.filter((text) => text.startsWith(`${other} `));
            const wanted = Array.from({ length: number }, (_, index) => `${other} ${index + 1}`);
            assert.deepEqual(own, wanted, `${name} of ${other} in ${roomType}`);
          }
          assert.equal(session.state.counts.get(name)?.n, number);
        }
      }
    },
    async close(): Promise<void> {
      await Promise.all(players.map(({ client }) => client.close()));
    },
  };
}

/** The store has both rooms, and nothing is wrong with it. No server has it open. */
export async function checkStore(folder: string): Promise<void> {
  const { code, stdout } = await runRoomline(["store", "verify", "--data", folder]);
  assert.match(stdout, /2 rooms, 0 that cannot be read\n$/);
  assert.equal(code, 0);
}

/** The median and the most of some times, for who reads the output. */
export function timesOf(ms: readonly number[]): string {
  const sorted = [...ms].sort((a, b) => a - b).map(Math.round);
  return `${sorted[sorted.length >> 1] ?? 0} ms (median), at most ${sorted.at(-1) ?? 0} ms`;
}
