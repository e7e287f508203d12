import { create, toBinary } from "@bufbuild/protobuf";
import { PlayerSchema, SteerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { ClientFrameSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { defineContract } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/index.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import type { Transport, TransportHandlers } from "../../shared/transport.ts";

const N = Number(process.argv[2] ?? 1000), P = 20, M = Number(process.argv[3] ?? 1), seconds = Number(process.argv[4] ?? 20);
const c = defineContract({ state: { players: PlayerSchema }, inputs: { steer: SteerSchema }, events: {} });
const room = defineRoom(c, {
  tickRateHz: 20, updateRateHz: 20, maxPlayers: P,
  create: () => new Map<string, { dx: number; dy: number; p: any }>(),
  onJoin(room, player) { const p = room.state.players.set(player.id, { x: 1, y: 2, hp: 100 }); room.data.set(player.id, { dx: 1, dy: 1, p }); },
  onInput: { steer(room, player, { dx, dy, clientSeq }) { const d = room.data.get(player.id)!; d.dx = dx; d.dy = dy; d.p.lastClientSeq = clientSeq; } },
  onTick(room, { deltaMs }) { for (const d of room.data.values()) { d.p.x += d.dx * deltaMs * 0.01; d.p.y += d.dy * deltaMs * 0.01; } },
});
const clock = createVirtualClock();
const engine = createEngine(resolveEngineConfig({ rooms: { arena: room }, clock, limits: { messagesPerSecond: 1e9, messagesBurst: 1e9, inputsPerSecond: 1e6, inputsBurst: 1e6 } as any }));
let frames = 0, bytes = 0;
class NullTransport implements Transport {
  headroomBytes = 5; bufferedBytes = 0; handlers!: TransportHandlers;
  open(h: TransportHandlers) { this.handlers = h; }
  send(b: Uint8Array) { frames++; bytes += b.length; return true; }
  pauseReading() {} resumeReading() {} close() { } destroy() { }
}
const frame = (messages: any[]) => toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages }));
const ts: NullTransport[] = [];
for (let i = 0; i < N; i++) {
  const t = new NullTransport(); ts.push(t);
  engine.accept(t, { protocol: "memory", address: "x", metadata: new Map() });
  t.handlers.onFrame(frame([{ body: { case: "hello", value: { protocolVersion: 1, clientId: `p${i}` } } }]));
  for (let m = 0; m < M; m++) t.handlers.onFrame(frame([{ sessionId: `s${m}`, body: { case: "join", value: { roomType: "arena", roomId: `r${m}-${Math.floor(i / P)}`, optionsJson: "" } } }]));
}
clock.advance(1000);
const run = (ticks: number, from: number) => {
  let inNs = 0n, outNs = 0n;
  for (let k = 1; k <= ticks; k++) {
    const seq = BigInt(from + k);
    const f = Array.from({ length: M }, (_, m) => frame([{ sessionId: `s${m}`, body: { case: "input", value: { seq, kind: 1, payload: toBinary(SteerSchema, create(SteerSchema, { dx: k % 2, dy: 1, clientSeq: from + k })) } } }]));
    const a = process.hrtime.bigint();
    for (const t of ts) for (let m = 0; m < M; m++) t.handlers.onFrame(f[m]!);
    const b = process.hrtime.bigint();
    clock.advance(50);
    const d = process.hrtime.bigint();
    inNs += b - a; outNs += d - b;
  }
  const per = (x: bigint) => (Number(x) / ticks / N).toFixed(0);
  return `in ${per(inNs)} ns, tick+out ${per(outNs)} ns per player and tick (M=${M})`;
};
run(60, 0);
frames = 0; bytes = 0;
const n = seconds * 20;
console.log(run(n, 60), `frames/player/tick ${(frames / n / N).toFixed(2)}, ${(bytes / frames).toFixed(0)} B a frame`);
process.exit(0);
