import { RoomlineError } from "../errors.ts";
import { checkNames, suggestion, type NamesOf } from "../known-names.ts";

/** What a network does to frames in one direction. What is left out it does not do. */
export interface LineConditions {
  /** How long each frame is under way at least, in milliseconds, 0 to 60,000. A round trip has it twice. Default 0. */
  readonly latencyMs?: number;
  /** How much longer at most, at random for each frame, in milliseconds, 0 to 60,000. Frames stay in order. Default 0. */
  readonly jitterMs?: number;
  /** What goes through, in kilobits per second, 1 or more; what comes faster waits its turn. Default Infinity. */
  readonly bandwidthKbps?: number;
  /** Time from one stall to the next, on average, in milliseconds, 10 or more. Default Infinity: there are none. */
  readonly stallEveryMs?: number;
  /** How long nothing gets through then, on average, in milliseconds, 0 to 60,000. Default 0. */
  readonly stallMs?: number;
}

/** What a network is like. What is said beside `up` and `down` holds in both directions. */
export interface NetworkConditions extends LineConditions {
  /** What differs on the way from the client to the server. */
  readonly up?: LineConditions;
  /** What differs on the way from the server to the client. */
  readonly down?: LineConditions;
  /** Time from one cut of the connection to the next, on average, in milliseconds, 10 or more. Default Infinity: there are none. */
  readonly cutEveryMs?: number;
  /** How long there is no network after a cut, on average, in milliseconds, 0 to 3,600,000. Default 0. */
  readonly offlineMs?: number;
}

/** Networks as people have them. */
export const networkPresets = {
  /** A home with others in it: quick, and now and then busy. */
  wifi: {
    ...{ latencyMs: 5, jitterMs: 15, stallEveryMs: 20_000, stallMs: 150 },
    ...{ up: { bandwidthKbps: 10_000 }, down: { bandwidthKbps: 30_000 } },
  },
  /** A phone that does not move. */
  "4g": {
    ...{ latencyMs: 35, jitterMs: 25, stallEveryMs: 15_000, stallMs: 300 },
    ...{ up: { bandwidthKbps: 4_000 }, down: { bandwidthKbps: 12_000 } },
  },
  /** A phone that moves: slow, often at a stand, and gone every half minute. */
  train: {
    ...{ latencyMs: 60, jitterMs: 80, stallEveryMs: 8_000, stallMs: 1_200 },
    ...{ up: { bandwidthKbps: 800 }, down: { bandwidthKbps: 3_000 } },
    ...{ cutEveryMs: 30_000, offlineMs: 4_000 },
  },
  /** One that loses packets: what is lost is sent again a little later, and all behind it waits. */
  lossy: {
    ...{ latencyMs: 30, jitterMs: 10, bandwidthKbps: 5_000, stallEveryMs: 700, stallMs: 250 },
  },
} as const satisfies Readonly<Record<string, NetworkConditions>>;

/** The name of a network of {@link networkPresets}. */
export type NetworkPreset = keyof typeof networkPresets;

/**
 * How a network is given: a preset by its name, its {@link NetworkConditions}, or both as text, as an address or a command line
 * has it: `train,latencyMs=100,up.latencyMs=300`. Nothing, or an empty text, is a network as good as it is.
 */
export type NetworkGiven = NetworkPreset | (string & Record<never, never>) | NetworkConditions;

/** Conditions of a direction, checked and complete. */
export type Line = Required<LineConditions>;

/** Conditions of a network, checked and complete. */
export interface Network {
  readonly up: Line;
  readonly down: Line;
  readonly cutEveryMs: number;
  readonly offlineMs: number;
}

const lineNames: NamesOf<LineConditions> = {
  latencyMs: true,
  jitterMs: true,
  bandwidthKbps: true,
  stallEveryMs: true,
  stallMs: true,
};

const cutNames = { cutEveryMs: true, offlineMs: true } as const;

const networkNames: NamesOf<NetworkConditions> = {
  ...lineNames,
  ...cutNames,
  up: true,
  down: true,
};

/** Defaults that are not 0, and bounds that are not 0 and a minute. */
const defaults: Readonly<Record<string, number>> = {
  bandwidthKbps: Infinity,
  stallEveryMs: Infinity,
  cutEveryMs: Infinity,
};
const bounds: Readonly<Record<string, readonly [min: number, max: number]>> = {
  bandwidthKbps: [1, Infinity],
  stallEveryMs: [10, Infinity],
  cutEveryMs: [10, Infinity],
  offlineMs: [0, 3_600_000],
};

/**
 * Checks how a network is given, and completes it.
 *
 * @param where what was called, as it is written: "emulateNetwork"
 * @throws RoomlineError `invalid-config`: one line that says what there is
 */
export function resolveNetwork(where: string, given: NetworkGiven): Network {
  const conditions = typeof given === "string" ? parseNetwork(where, given) : given;
  checkNames(where, conditions, networkNames, { noun: "condition" });
  const { up = {}, down = {}, ...both } = conditions;
  const line = (direction: "up" | "down", own: LineConditions): Line => {
    checkNames(`${where}: ${direction}`, own, lineNames, { noun: "condition" });
    return complete(where, lineNames, own, both, `${direction}.`);
  };
  return {
    up: line("up", up),
    down: line("down", down),
    ...complete(where, cutNames, both),
  };
}

function complete<Name extends string>(
  where: string,
  names: Readonly<Record<Name, true>>,
  own: Readonly<Record<string, unknown>> | object,
  both: object = {},
  prefix = "",
): Record<Name, number> {
  const read = (name: Name): number => {
    const [min, max] = bounds[name] ?? [0, 60_000];
    const [first, second] = [own, both].map(
      (from) => (from as Readonly<Partial<Record<string, unknown>>>)[name],
    );
    const value = first ?? second ?? defaults[name] ?? 0;
    if (typeof value === "number" && value >= min && value <= max) return value;
    const range = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
    const shown = typeof value === "number" ? value : JSON.stringify(value);
    throw invalid(
      where,
      `${first === undefined ? "" : prefix}${name} is ${shown}; it has to be a number ${range}.`,
    );
  };
  const all = (Object.keys(names) as Name[]).map((name) => [name, read(name)] as const);
  return Object.fromEntries(all) as Record<Name, number>;
}

/** Reads `train,latencyMs=100,up.latencyMs=300`. */
function parseNetwork(where: string, text: string): NetworkConditions {
  const parts = text.split(",").map((part) => part.trim());
  const [first = ""] = parts;
  const conditions: Record<string, unknown> = {};
  if (text.trim() === "") return conditions;
  if (!first.includes("=")) {
    Object.assign(conditions, presetNamed(where, first));
    parts.shift();
  }
  for (const part of parts) {
    const [, direction, name = "", value = ""] = /^(?:(up|down)\.)?(\w+)=(.+)$/.exec(part) ?? [];
    if (name === "") {
      throw invalid(
        where,
        `"${part.slice(0, 64)}" is no condition. Write NAME=NUMBER, such as latencyMs=100 or up.latencyMs=300.`,
      );
    }
    const number = Number(value);
    // What is no number is shown as it was written.
    const read = Number.isNaN(number) ? value : number;
    if (direction === undefined) conditions[name] = read;
    else conditions[direction] = { ...(conditions[direction] as object), [name]: read };
  }
  return conditions;
}

function presetNamed(where: string, name: string): NetworkConditions {
  if (Object.hasOwn(networkPresets, name)) return networkPresets[name as NetworkPreset];
  const names = Object.keys(networkPresets);
  throw invalid(where, `there is no network "${name.slice(0, 64)}". ${suggestion(name, names)}`);
}

function invalid(where: string, message: string): RoomlineError {
  return new RoomlineError("invalid-config", `${where}: ${message}`);
}
