import { toJson } from "@bufbuild/protobuf";
import { ValueSchema, type Value } from "@bufbuild/protobuf/wkt";
import type { WatchRoomResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";
import type { Link } from "../../pages/link.ts";
import type { StateRow } from "../../pages/state-grid.ts";
import { roomRow, type RoomRow } from "../model/rows.ts";
import { createStore, type Store } from "../../pages/store.ts";
import type { Monitor } from "./monitor.ts";
import { keepStream } from "./stream-keeper.ts";

/** A room that is looked into. */
export interface RoomView {
  readonly room: RoomRow;
  readonly metadata: unknown;
  readonly members: readonly {
    readonly playerId: string;
    readonly sessionId: string;
    readonly connected: boolean;
    /** Empty: none but the player's id. */
    readonly name: string;
  }[];
  readonly tables: readonly {
    readonly name: string;
    readonly rowsTotal: number;
    readonly rows: readonly StateRow[];
  }[];
  /** Newest first. */
  readonly events: readonly RoomEventView[];
  readonly eventKinds: readonly string[];
}

/** An event of a room. */
interface RoomEventView {
  readonly cursor: number;
  readonly kind: string;
  readonly payload: unknown;
  readonly sender: string;
  readonly timeMs: number;
  readonly restricted: boolean;
}

/** A watch of one room. */
export interface RoomWatch {
  readonly link: Store<Link>;
  readonly view: Store<RoomView | undefined>;
  stop(): void;
}

const intervalMs = 500;
const eventsMax = 50;
const rowsMax = 100;
/** A room in which nothing changes sends nothing; whether the server is there, the statistics tell. */
const silenceMsMax = 24 * 3_600_000;

/** Looks into a room until it is stopped. */
export function watchRoom(monitor: Monitor, roomId: string): RoomWatch {
  const schedule = (run: () => void) => void requestAnimationFrame(run);
  const link = createStore<Link>({ status: "connecting" }, schedule);
  const view = createStore<RoomView | undefined>(undefined, schedule);
  const keeper = keepStream({
    open: (signal) =>
      monitor.admin.watchRoom({ roomId, intervalMs, eventsMax, rowsMax }, { signal }),
    onMessage: (message) => view.set(roomView(message) ?? view.get()),
    onLink: (next) => link.set(next),
    silenceMsMax: () => silenceMsMax,
    clock: monitor.clock,
    random: monitor.random,
  });
  return { link, view, stop: () => keeper.stop() };
}

function roomView(message: WatchRoomResponse): RoomView | undefined {
  if (message.room === undefined) return undefined;
  return {
    room: roomRow(message.room),
    metadata: jsonOf(message.metadata),
    members: message.members,
    tables: message.tables.map(({ name, rowsTotal, rows }) => ({
      name,
      rowsTotal,
      rows: rows.map(({ key, value }) => ({ key, value: jsonOf(value) })),
    })),
    events: message.events
      .map((event) => ({
        cursor: Number(event.cursor),
        kind: event.kind,
        payload: jsonOf(event.payload),
        sender: event.sender,
        timeMs: Number(event.timeMs),
        restricted: event.restricted,
      }))
      .reverse(),
    eventKinds: message.eventKinds,
  };
}

function jsonOf(value: Value | undefined): unknown {
  // A value that is not set, which JSON has no word for, is an error to protobuf-es.
  if (value?.kind.case === undefined) return undefined;
  return toJson(ValueSchema, value);
}
