import { fromBinary } from "@bufbuild/protobuf";
import { defineContract, json } from "../../shared/contract/index.ts";
import { createContractTable } from "../../shared/contract/contract-table.ts";
import type { PayloadType } from "../../shared/contract/payload-type.ts";
import { ServerMessageSchema, type State } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createRoomState, type RoomState } from "../../server/state/room-state.ts";
import type { StateTables } from "../../server/state/table.ts";
import { createStateMirror, type StateMirror } from "../../client/state/mirror.ts";
import type { MirrorTables } from "../../client/state/mirror-table.ts";
import { z } from "zod";

export type Tables = Record<string, PayloadType>;

/** A JSON row type that takes anything. */
export const anyJson = json(z.unknown());

/** Both ends of the replication of some tables, and the errors they were told of. */
export interface Ends<T extends Tables> {
  readonly state: RoomState;
  readonly tables: StateTables<T>;
  readonly mirror: StateMirror;
  readonly mirrored: MirrorTables<T>;
  readonly errors: unknown[];
  /** Commits the next tick. */
  readonly commit: () => boolean;
  /** Brings the mirror up to date. */
  readonly sync: () => void;
}

export function contractTables(tables: Tables) {
  return createContractTable(defineContract({ state: tables })).tables;
}

export function createEnds<T extends Tables>(tables: T, tombstonesMax = 100): Ends<T> {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const kinds = contractTables(tables);
  const state = createRoomState(kinds, { tombstonesMax, onError });
  const mirror = createStateMirror(kinds, { onError });
  let tick = 0;
  return {
    state,
    tables: state.tables as StateTables<T>,
    mirror,
    mirrored: mirror.tables as MirrorTables<T>,
    errors,
    commit: () => state.commit(++tick),
    sync: () => {
      const patch = state.patch(mirror.tick);
      if (patch !== undefined) mirror.apply(stateBytes(patch.body));
    },
  };
}

/** The State message inside a patch body, which is the field `state` of a ServerMessage. */
export function stateBytes(body: Uint8Array): Uint8Array {
  let at = 1;
  while ((body[at++] ?? 0) > 0x7f);
  return body.subarray(at);
}

/** A patch body as generated code reads it. */
export function decodeState(body: Uint8Array): State {
  const message = fromBinary(ServerMessageSchema, body);
  if (message.body.case !== "state") throw new Error("not a state");
  return message.body.value;
}

export function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
