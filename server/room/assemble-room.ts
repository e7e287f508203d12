import type { Clock } from "../../shared/clock.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import {
  membersTable,
  presenceInput,
  type Member as MemberRow,
} from "../../shared/contract/presence.ts";
import type { ReservationImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { KeptRandom, type RandomSource } from "../../shared/random.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Commit } from "../feed/commit.ts";
import type { RoomAbout } from "../feed/feed.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { RoomState } from "../state/room-state.ts";
import type { StateTable } from "../state/table.ts";
import { RoomCommits } from "./commit/room-commits.ts";
import type { RoomTypeConfig } from "./config.ts";
import { createRoomContext, initialFacts, type RoomFacts } from "./context.ts";
import { Departure } from "./departure.ts";
import type { RecordSink } from "./durable/output-gate.ts";
import { RoomCode } from "./hooks/room-code.ts";
import { RoomInputs, type AnyInputHandler } from "./inputs/room-inputs.ts";
import { InstanceLife } from "./instance-life.ts";
import { MemberRows } from "./members/member-rows.ts";
import { Members } from "./members/members.ts";
import type { Reservation } from "./members/reservation.ts";
import { PrivateData } from "./private-data.ts";
import type { Player, Room } from "./room-api.ts";
import { RoomTables } from "./room-tables.ts";
import { Seats } from "./seats.ts";
import { Standstill } from "./standstill.ts";

/** What the parts of a room are made from. */
export interface RoomMaterial {
  readonly id: string;
  readonly epoch: string;
  /** The number of this instance. Default 1. */
  readonly term?: number | undefined;
  readonly config: RoomTypeConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly writer: WireWriter;
}

/** What the parts of a room ask of it as a whole. */
interface WholeRoom {
  /** Something has happened that the end of this turn is to deal with. */
  readonly requestTurn: () => void;
  /** What lobbies show of the room has changed. */
  readonly changed: () => void;
  /** The room's code has failed. */
  readonly onFailure: () => void;
  /** The room cannot be stored. */
  readonly onNotStored: () => void;
  readonly onShown: ((commit: Commit) => void) | undefined;
  readonly onSeat: (player: Player, isThere: boolean) => void;
  readonly onFarewell: (work: Promise<void>) => void;
  readonly restoreReservation: (image: ReservationImage) => Reservation;
  readonly expel: (playerId: string, reason: CloseReason, detail: string) => void;
  readonly close: (reason: CloseReason, detail: string) => void;
}

/** What a room is made of, each part of which knows those before it. */
export interface RoomParts {
  readonly life: InstanceLife;
  readonly still: Standstill;
  readonly facts: RoomFacts;
  readonly random: KeptRandom;
  readonly code: RoomCode;
  readonly tables: RoomTables;
  readonly data: PrivateData;
  readonly members: Members;
  readonly commits: RoomCommits;
  /** The room as its own code sees it. */
  readonly context: Room;
  readonly inputs: RoomInputs;
  readonly seats: Seats;
  readonly departure: Departure;
}

/** Makes the parts of a room, and gives each what it needs of the others. `sink`: where the records of a durable room go. */
export function assembleRoom(
  material: RoomMaterial,
  sink: RecordSink | undefined,
  room: WholeRoom,
): RoomParts {
  const { id: roomId, term = 1, config, clock, log, counters } = material;
  const { requestTurn, onFailure, onFarewell } = room;
  const life = new InstanceLife(term);
  const still = new Standstill();
  const facts = initialFacts(config);
  const random = new KeptRandom(material.random);
  // Its code is called with what is made of all else.
  const contextLater = (): Room => context;
  const code = new RoomCode({
    ...{ config, clock, log, counters, still, requestTurn, onFailure, onFarewell },
    context: contextLater,
  });
  const tables = new RoomTables({
    config,
    onError: (error) => code.report("state", error),
    nowMs: () => clock.now(),
    after: (...timer) => code.timers.after(...timer),
  });
  const data = new PrivateData({ config, facts, context: contextLater, states: tables.all });
  const members = new Members(sink !== undefined);
  const commits = new RoomCommits({
    ...{ config, clock, counters, writer: material.writer, about: aboutOf(material) },
    ...{ life, code, tables, members, requestTurn, onShown: room.onShown },
    recording: sink && { sink, facts, data, random, onFailed: room.onNotStored },
  });
  const made = { life, still, facts, random, code, tables, data, members, commits };
  const context: Room = createContext(made, material, room);
  const memberRows = memberRowsOf(tables.state, clock);
  const inputs = createInputs({ ...made, context, memberRows }, material, room);
  const seats = createSeats({ ...made, context, memberRows, inputs }, material, room);
  const departure = new Departure({
    ...{ roomId, life, still, code, tables, commits, seats, requestTurn },
  });
  return { ...made, context, inputs, seats, departure };
}

type BeforeContext = Omit<RoomParts, "context" | "inputs" | "seats" | "departure">;

type BeforeInputs = BeforeContext & {
  readonly context: Room;
  /** What players see of the members, if the contract says so. */
  readonly memberRows: MemberRows | undefined;
};

function createContext(
  { life, still, facts, random, code, tables, members, commits }: BeforeContext,
  { id, epoch, config, log, clock }: RoomMaterial,
  room: WholeRoom,
): Room {
  return createRoomContext({
    given: {
      ...{ id, type: config.type, epoch, log },
      nowMs: () => clock.now(),
      random: () => random.next(),
      hidden: tables.hidden?.tables ?? {},
      touch: () => {
        life.guard();
        room.requestTurn();
      },
      alarm: (name, delayMs, value) => code.alarms.set(name, delayMs, value),
      committed: () => {
        room.requestTurn();
        return life.committed();
      },
    },
    facts,
    changed: () => {
      life.guard();
      room.changed();
    },
    members: members.seated,
    tables: tables.state.tables,
    expiring: tables.expiring,
    timers: code.closures,
    alarms: code.alarms,
    signal: () => life.signal,
    term: () => life.term,
    tick: () => commits.tick,
    publish: (kind, payload, options) => {
      life.guard();
      return commits.publish(kind, payload, options);
    },
    expel: (playerId, reason, detail) => {
      life.guard();
      still.do(() => room.expel(playerId, reason, detail));
    },
    close: (reason, detail) => {
      life.guard();
      still.do(() => room.close(reason, detail));
    },
  });
}

function createInputs(
  { life, code, members, commits, context, memberRows }: BeforeInputs,
  { config, counters }: RoomMaterial,
  { requestTurn }: WholeRoom,
): RoomInputs {
  const say: AnyInputHandler | undefined =
    memberRows && ((_room, player, presence) => memberRows.say(player, presence));
  return new RoomInputs({
    type: config,
    counters,
    containment: code.containment,
    context,
    // Of what is the engine's own, or of the room's code.
    handlerOf: (name) =>
      name === presenceInput && say !== undefined ? say : config.definition.onInput?.[name],
    isClosed: () => life.isClosed,
    onHandled: (member, seq) => members.handled(member, seq),
    answer: (answer) => {
      commits.open.hold(answer);
      requestTurn();
    },
    onPending: code.goesOn,
    after: (callback) => code.timers.after(config.hookTimeoutMs, callback),
  });
}

function createSeats(
  parts: BeforeInputs & Pick<RoomParts, "inputs">,
  { id: roomId, config, clock }: RoomMaterial,
  room: WholeRoom,
): Seats {
  const { life, code, facts, members, commits, context, memberRows, inputs } = parts;
  const { requestTurn, changed, onSeat, restoreReservation } = room;
  return new Seats({
    ...{ roomId, config, clock, members, memberRows, facts, context, commits, inputs },
    ...{ requestTurn, changed, onSeat, restoreReservation },
    feed: commits.feed,
    hooks: code.world,
    isClosed: () => life.isClosed,
    after: (delayMs, callback) => code.timers.after(delayMs, callback),
    call: (hook, isFarewell, call) => void code.call(hook, isFarewell, call),
  });
}

/** The rows of its members, if the contract has presence. */
function memberRowsOf({ tables }: RoomState, clock: Clock): MemberRows | undefined {
  const table = tables[membersTable] as StateTable<MemberRow, MemberRow> | undefined;
  return table && new MemberRows(table, () => clock.wallNow());
}

function aboutOf({ id: roomId, epoch, config }: RoomMaterial): RoomAbout {
  const { type: roomType, contractWire: contract } = config;
  const { tickRateHz, updateRateHz, historyOnJoin, resumeWindowMs } = config;
  return {
    ...{ roomId, roomType, epoch },
    ...{ tickRateHz, updateRateHz, historyOnJoin, resumeWindowMs, contract },
  };
}
