import { OptionReader, type Checked, type GivenFlags } from "../options/option-reader.ts";
import { emulateNetwork, RoomlineError } from "roomline/client";
import { decimal, serverAddress, nonEmpty, oneOf, wholeNumber } from "../options/readers.ts";

/** The demo rooms that can be loaded. */
type LoadRoomType = "arena" | "chat";

/** Certificate files of the players, in PEM. */
export interface LoadTlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** What `roomline load` was asked for. */
export interface LoadOptions {
  readonly url: string;
  readonly players: number;
  readonly roomsPerPlayer: number;
  readonly roomType: LoadRoomType;
  /** Players in a room. */
  readonly roomSize: number;
  /** Inputs per second and session. */
  readonly rateHz: number;
  readonly seconds: number;
  readonly rampSeconds: number;
  /** Share of the players cut each second, 0 to 1. */
  readonly cutPerSecond: number;
  /** Share of the sessions paused each second, 0 to 1. */
  readonly pausePerSecond: number;
  /** What the networks of players are like: they take turns in them. None: as good as they are. */
  readonly networks: readonly string[];
  /** Processes of the server may die: connections they held, and rooms they had, are no faults if everybody is told. */
  readonly expectLosses: boolean;
  readonly settleSeconds: number;
  readonly connectTimeoutMs: number;
  readonly tls: LoadTlsFiles | undefined;
  /** Undefined: a random one. */
  readonly seed: number | undefined;
  readonly json: boolean;
}

/** The largest rooms the demo rooms allow, without the seat for the audit. */
const roomSizesMax = { arena: 199, chat: 999 } as const;

/** Checks the flags of `roomline load`. */
export function resolveLoadOptions(flags: GivenFlags): Checked<LoadOptions> {
  const reader = new OptionReader(flags, {});
  const roomType = reader.value("--room-type", oneOf(["arena", "chat"])) ?? "arena";
  const share = decimal(0, 1);
  const value: LoadOptions = {
    url: reader.value("--url", serverAddress) ?? "localhost:50051",
    players: reader.value("--players", wholeNumber(1, 100_000)) ?? 20,
    // As many as a connection may have sessions by default.
    roomsPerPlayer: reader.value("--rooms-per-player", wholeNumber(1, 128)) ?? 1,
    roomType,
    roomSize: reader.value("--room-size", wholeNumber(1, roomSizesMax[roomType])) ?? 20,
    rateHz: reader.value("--rate", decimal(0.01, 1_000)) ?? (roomType === "arena" ? 20 : 1),
    seconds: reader.value("--seconds", decimal(0.1, 86_400)) ?? 10,
    rampSeconds: reader.value("--ramp", decimal(0, 3_600)) ?? 0,
    cutPerSecond: reader.value("--cut-per-second", share) ?? 0,
    pausePerSecond: reader.value("--pause-per-second", share) ?? 0,
    networks: readNetworks(reader),
    expectLosses: reader.isSet("--expect-losses"),
    settleSeconds: reader.value("--settle", decimal(0, 600)) ?? 15,
    connectTimeoutMs: (reader.value("--connect-timeout", decimal(0.1, 600)) ?? 10) * 1_000,
    tls: readTls(reader),
    seed: reader.value("--seed", wholeNumber(0, 2 ** 32 - 1)),
    json: reader.isSet("--json"),
  };
  const { mistakes } = reader;
  return mistakes.length === 0 ? { ok: true, value } : { ok: false, mistakes };
}

function readNetworks(reader: OptionReader): readonly string[] {
  return reader.values("--network").flatMap(({ source, text }) => {
    try {
      emulateNetwork(text);
      return [text];
    } catch (error) {
      reader.complain(RoomlineError.from(error).message.replace("emulateNetwork", source));
      return [];
    }
  });
}

function readTls(reader: OptionReader): LoadTlsFiles | undefined {
  const file = nonEmpty("the path of a PEM file");
  const ca = reader.value("--tls-ca", file);
  const cert = reader.value("--tls-cert", file);
  const key = reader.value("--tls-key", file);
  if ((cert === undefined) !== (key === undefined))
    reader.complain("--tls-cert and --tls-key have to be given together.");
  const isWanted = reader.isSet("--tls") || ca !== undefined || cert !== undefined;
  return isWanted ? { ca, cert, key } : undefined;
}
