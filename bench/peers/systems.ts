import { existsSync } from "node:fs";
import type { WorkloadName } from "../workloads/catalogue.ts";

/** A system that can be measured. */
export interface System {
  /** Its name in options and reports. */
  readonly name: string;
  /** What it is, for people. */
  readonly title: string;
  /** The folder with its `server.ts`. */
  readonly server: string;
  /** The folder with its `player.ts`. */
  readonly player: string;
  readonly workloads: readonly WorkloadName[];
  /** The package of `bench/package.json` it cannot do without. */
  readonly needs?: string;
  /** The oldest Node it runs on. */
  readonly nodeMajor: number;
}

/** How Roomline's players connect. */
export type RoomlineTransport = "grpc" | "ws";

const rooms: readonly WorkloadName[] = ["arena", "chat", "bigroom", "stall", "idle"];

const others: readonly System[] = [
  {
    name: "colyseus",
    title: "Colyseus",
    server: "colyseus",
    player: "colyseus",
    workloads: rooms,
    needs: "@colyseus/core",
    nodeMajor: 22,
  },
  {
    name: "socketio",
    title: "Socket.IO",
    server: "socketio",
    player: "socketio",
    workloads: [...rooms, "storm"],
    needs: "socket.io",
    nodeMajor: 20,
  },
  {
    name: "socketio-cluster",
    title: "Socket.IO, 2 processes",
    server: "socketio-cluster",
    player: "socketio",
    workloads: ["chat", "bigroom"],
    needs: "@socket.io/cluster-adapter",
    nodeMajor: 20,
  },
  { name: "ws", title: "plain ws", server: "ws", player: "ws", workloads: rooms, nodeMajor: 20 },
  {
    name: "grpcjs",
    title: "bare @grpc/grpc-js",
    server: "grpcjs",
    player: "grpcjs",
    workloads: [...rooms, "watch"],
    nodeMajor: 20,
  },
  {
    name: "net",
    title: "plain net",
    server: "net",
    player: "net",
    workloads: rooms,
    nodeMajor: 20,
  },
];

/** What Roomline is compared with, from the most alike to the least that is possible. */
export function peersBeside(transport: RoomlineTransport): readonly System[] {
  const workers: System = {
    name: "workers",
    title: "Roomline, 2 workers",
    server: "roomline-workers",
    player: `roomline-${transport}`,
    workloads: ["arena", "chat", "bigroom"],
    nodeMajor: 20,
  };
  return [workers, ...others];
}

/** Roomline itself, over one of its transports. */
export function roomline(transport: RoomlineTransport): System {
  return {
    name: "roomline",
    title: `Roomline (${transport})`,
    server: "roomline",
    player: `roomline-${transport}`,
    workloads: [...rooms, "storm", "watch"],
    nodeMajor: 20,
  };
}

/** Whether the packages of a system are there. */
export function isInstalled({ needs }: System): boolean {
  return needs === undefined || existsSync(new URL(`../node_modules/${needs}`, import.meta.url));
}
