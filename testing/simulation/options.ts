import type { Contract } from "../../shared/contract/contract.ts";
import type { InputInitOf } from "../../shared/contract/payload-type.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { checkNames, type NamesOf } from "../../shared/known-names.ts";
import type { Limits } from "../../shared/limits.ts";
import { resolveNetwork, type NetworkGiven } from "../../shared/network/conditions.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Session } from "../../client/session/session-api.ts";
import type { Room } from "../../server/room/room-api.ts";

/** A player of a simulation, as it is now. */
export interface SimulatedPlayer<C extends Contract = Contract> {
  /** "p1", "p2" ... */
  readonly id: string;
  /** The player's seat in the room; undefined while it has none. Its `state` is the player's copy of the tables. */
  readonly session: Session<C> | undefined;
}

/** What an invariant is shown. */
export interface SimulatedMoment<C extends Contract = Contract> {
  /** The room as its own code sees it: only to be read. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a room type does not say what its data are
  readonly room: Room<C, any>;
  readonly players: readonly SimulatedPlayer<C>[];
  readonly seed: number;
  /** Milliseconds since the run began. */
  readonly timeMs: number;
}

/** Makes an input of random numbers from 0 to 1, which are all that may be random in it. Undefined: this player sends none now. */
export type InputGenerator<C extends Contract, Kind extends keyof C["inputs"]> = (
  random: RandomSource,
  player: SimulatedPlayer<C>,
) => InputInitOf<C["inputs"][Kind]> | undefined;

/** How often what goes wrong, as weights: a player sends something with a weight of 60, and gives its seat up with one of 2. */
export interface SimulatedFaults {
  /** The connection breaks, and for up to 5 s there is none. Default 4. */
  readonly cut?: number;
  /** Nothing gets through for up to 5 s. Default 3. */
  readonly stall?: number;
  /** The player pauses the room, for up to 3 s. Default 3. */
  readonly pause?: number;
  /** The player's program ends without a goodbye, and is started again. Default 1. */
  readonly restart?: number;
  /** The player is on another of the networks. Default 2; with 0 all networks are as good as they are. */
  readonly network?: number;
  /** Networks to be on, one of which each player begins with. Default: `wifi`, `4g`, `train`, `lossy`. */
  readonly networks?: readonly NetworkGiven[];
}

/** What a simulation does. */
export interface SimulateOptions<C extends Contract = Contract> {
  /** Players, 1 to 1,000. Default 4. */
  readonly players?: number;
  /** The runs: so many, from seed 1 on, or those of these seeds. Default 20. */
  readonly seeds?: number | readonly number[];
  /** How many things happen in each run, 1 to 1,000,000. Default 200. */
  readonly steps?: number;
  /**
   * What players send, by kind. Kinds that are left out are made from their schema, where that says what it takes: protobuf, and
   * validators that give their JSON Schema (zod). `false`: none of this kind are sent.
   */
  readonly inputs?: { readonly [Kind in keyof C["inputs"]]?: InputGenerator<C, Kind> | false };
  /** The options of a join. Default none. */
  readonly joinOptions?: (player: string, random: RandomSource) => unknown;
  /** What a player claims, for room types with `claims`. Default: nothing. */
  readonly claims?: (player: string) => unknown;
  /** What goes wrong; false: nothing. What is left out has its default. */
  readonly faults?: SimulatedFaults | false;
  /** What has to be so, looked at whenever the room has done something. Throws, or returns false, when it is not. Must not wait. */
  readonly invariant?: (moment: SimulatedMoment<C>) => unknown;
  /**
   * "every-commit": whenever the room has shown its players something, it goes on as another instance, as in `createTestServer`. Default: it
   * stays.
   */
  readonly moveRooms?: "every-commit";
  /**
   * Given the recording of each life of the room when a run is over, of a room type with `record`: for `replayTest`, or a file. Waited
   * for. Default: nobody wants it.
   */
  readonly onRecording?: (recording: Uint8Array, seed: number) => unknown;
  /** Bounds of the server that differ. Default: those of every server, but for inputs per second, which are not bounded. */
  readonly limits?: Partial<Limits>;
  /** Told of each line of the trace as it comes, with the seed of its run. */
  readonly onTrace?: (line: string, seed: number) => void;
}

/** What may happen to a player. */
export type Deed = "send" | "leave" | "cut" | "stall" | "pause" | "restart" | "network";

/** The options, checked and complete. */
export interface SimulationPlan {
  readonly players: number;
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly weights: Readonly<Record<Deed, number>>;
  /** None: networks are as good as they are. */
  readonly networks: readonly NetworkGiven[];
}

const optionNames: NamesOf<SimulateOptions> = {
  ...{ players: true, seeds: true, steps: true, inputs: true, joinOptions: true, claims: true },
  ...{ faults: true, invariant: true, moveRooms: true, limits: true, onTrace: true },
  ...{ onRecording: true },
};

const defaultWeights = { cut: 4, stall: 3, pause: 3, restart: 1, network: 2 } as const;

const faultNames: NamesOf<SimulatedFaults> = {
  ...{ cut: true, stall: true, pause: true, restart: true, network: true, networks: true },
};

const noFaults = { cut: 0, stall: 0, pause: 0, restart: 0, network: 0 } as const;

/** @throws RoomlineError `invalid-config` */
export function resolvePlan<C extends Contract>(options: SimulateOptions<C>): SimulationPlan {
  checkNames("simulate", options, optionNames);
  const { players = 4, seeds = 20, steps = 200, faults = {} } = options;
  checkWhole("players", players, 1, 1_000);
  checkWhole("steps", steps, 1, 1_000_000);
  for (const name of ["joinOptions", "claims", "invariant", "onTrace"] as const) {
    const given: unknown = options[name];
    if (given !== undefined && typeof given !== "function")
      throw invalid(`${name} is a ${typeof given}; it has to be a function.`);
  }
  const given: SimulatedFaults = faults === false ? noFaults : faults;
  checkNames("simulate: faults", given, faultNames, { noun: "fault" });
  const { networks = ["wifi", "4g", "train", "lossy"], ...own } = given;
  for (const [name, weight] of Object.entries<number>(own))
    if (!(weight >= 0 && weight <= 1_000_000))
      throw invalid(`faults.${name} is ${weight}; it has to be a number from 0 to 1000000.`);
  for (const network of networks) resolveNetwork("simulate: faults.networks", network);
  const weights = { ...defaultWeights, ...own };
  return {
    players,
    seeds: resolveSeeds(seeds),
    steps,
    weights: { send: 60, leave: 2, ...weights },
    networks: weights.network > 0 ? networks : [],
  };
}

function resolveSeeds(seeds: number | readonly number[]): readonly number[] {
  if (typeof seeds === "number") {
    checkWhole("seeds", seeds, 1, 1_000_000);
    return Array.from({ length: seeds }, (_, index) => index + 1);
  }
  if (!Array.isArray(seeds) || seeds.length === 0)
    throw invalid("seeds has to be a number of runs, or a list of seeds, such as [1234].");
  for (const seed of seeds as readonly number[]) checkWhole("a seed", seed, 0, 2 ** 32 - 1);
  return seeds as readonly number[];
}

function checkWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(`${name} is ${value}; it has to be a whole number from ${min} to ${max}.`);
}

/** A mistake in what `simulate` was given. */
export function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-config", `simulate: ${message}`);
}
