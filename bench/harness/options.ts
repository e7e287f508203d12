import { parseArgs } from "node:util";
import { isInstalled, peersBeside, roomline, type System } from "../peers/systems.ts";
import { workloadNames, workloadOf, type Workload } from "../workloads/catalogue.ts";
import type { MicroOptions } from "../micro/run-micro.ts";
import type { Params } from "../workloads/params.ts";
import { majorOf, type NodeBinary } from "./node-binary.ts";

/** How the report is written. */
export type Format = "table" | "json" | "markdown";

/** What a bench is told. */
export interface BenchOptions {
  readonly workload: Workload;
  readonly params: Params;
  /** Roomline first, then what it is compared with. */
  readonly systems: readonly System[];
  readonly transport: "grpc" | "ws";
  readonly format: Format;
  /** Whether Roomline's server writes a CPU profile. */
  readonly profile: boolean;
}

/** An option that cannot be. Its message is for whoever typed it. */
export class OptionError extends Error {}

/** The line that says how it is used. */
export const usage = `npm run bench -- NAME [options]
  NAME                  ${workloadNames.join(", ")}, micro or floods
  --players N           players, each with connections of its own
  --room-size P         players in a room
  --rooms-per-player M  rooms each player is in at once (arena)
  --hz N                ticks, or messages of a room, in a second
  --seconds N           how long is measured
  --rounds N            each system is measured so many times, in turn
  --message-bytes N     bytes of a message (chat, stall)
  --stalled S           share of the players that stop reading (stall)
  --transport grpc|ws   how Roomline's players connect (default grpc)
  --peers A,B           of ${peersBeside("grpc")
    .map(({ name }) => name)
    .join(", ")}; "none" for Roomline alone
  --json | --markdown   the report as one line of JSON, or as a table for docs/performance.md
  --case A,B            micro: only cases whose names have one of these in them
  --profile             Roomline's server writes a CPU profile, and its hottest functions are printed`;

/** @throws OptionError when something is not as it has to be */
export function readOptions(args: readonly string[], node: NodeBinary): BenchOptions {
  const { values, positionals } = parse(args);
  const name = workloadNames.find((known) => known === positionals[0]);
  if (name === undefined || positionals.length !== 1) throw new OptionError(usage);
  const workload = workloadOf(name);
  const { transport } = values;
  if (transport !== "grpc" && transport !== "ws") {
    throw new OptionError(`--transport is ${transport}; it has to be grpc or ws.`);
  }
  if (name === "watch" && transport === "ws") {
    throw new OptionError("--transport is ws; watch has gRPC only.");
  }
  const { defaults } = workload;
  const number = (given: string | undefined, otherwise: number, least = 1): number => {
    const value = given === undefined ? otherwise : Number(given);
    if (value >= least) return value;
    throw new OptionError(`${given ?? ""} is not a number of ${least} or more.`);
  };
  const players = number(values.players, defaults.players);
  return {
    workload,
    params: {
      players,
      roomSize: Math.min(players, number(values["room-size"], defaults.roomSize)),
      roomsPerPlayer: number(values["rooms-per-player"], defaults.roomsPerPlayer),
      hz: number(values.hz, defaults.hz, 0.1),
      seconds: number(values.seconds, defaults.seconds),
      rounds: number(values.rounds, defaults.rounds),
      messageBytes: number(values["message-bytes"], defaults.messageBytes, 64),
      stalledShare: number(values.stalled, defaults.stalledShare, 0),
    },
    systems: [roomline(transport), ...choosePeers({ workload, transport, node }, values.peers)],
    transport,
    format: formatOf(values),
    profile: values.profile,
  };
}

function formatOf(values: { readonly json: boolean; readonly markdown: boolean }): Format {
  if (values.json) return "json";
  return values.markdown ? "markdown" : "table";
}

/** @throws OptionError when something is not as it has to be */
export function readMicroOptions(args: readonly string[], node: NodeBinary): MicroOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        case: { type: "string" },
        json: { type: "boolean", default: false },
        markdown: { type: "boolean", default: false },
      },
    });
    return { cases: values.case?.split(",") ?? [], format: formatOf(values), node };
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : usage);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        players: { type: "string" },
        "room-size": { type: "string" },
        "rooms-per-player": { type: "string" },
        hz: { type: "string" },
        seconds: { type: "string" },
        rounds: { type: "string" },
        "message-bytes": { type: "string" },
        stalled: { type: "string" },
        transport: { type: "string", default: "grpc" },
        peers: { type: "string" },
        json: { type: "boolean", default: false },
        markdown: { type: "boolean", default: false },
        profile: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : ""}\n\n${usage}`);
  }
}

/** Those asked for; without a choice, all that are installed and have the workload. */
function choosePeers(
  {
    workload,
    transport,
    node,
  }: Pick<BenchOptions, "workload" | "transport"> & { readonly node: NodeBinary },
  given: string | undefined,
): readonly System[] {
  const able = peersBeside(transport).filter(({ workloads }) => workloads.includes(workload.name));
  const lacks = (peer: System): string | undefined => {
    if (!isInstalled(peer)) return "is not installed: npm run bench:install";
    if (majorOf(node.version) < peer.nodeMajor) return `needs Node ${peer.nodeMajor}`;
    return undefined;
  };
  if (given === "none") return [];
  if (given === undefined) {
    return able.filter((peer) => {
      const lack = lacks(peer);
      if (lack !== undefined) console.error(`Left out: ${peer.name} ${lack}.`);
      return lack === undefined;
    });
  }
  return given.split(",").map((name) => {
    const peer = able.find((known) => known.name === name);
    if (peer === undefined) {
      const names = able.map((known) => known.name).join(", ");
      throw new OptionError(`--peers: ${name} is none of those ${workload.name} has: ${names}.`);
    }
    const lack = lacks(peer);
    if (lack !== undefined) throw new OptionError(`--peers: ${name} ${lack}.`);
    return peer;
  });
}
