import { createStateMirror, type StateMirror } from "../../../client/state/mirror.ts";
import { createContractTable } from "../../../shared/contract/contract-table.ts";
import type { Ship } from "../../workloads/arena-rules.ts";
import type { ArenaView } from "../player.ts";
import { arena } from "./contract.ts";

/** What a player knows of one of its rooms. */
export interface Seat {
  readonly sessionId: string;
  epoch: string;
  /** The newest event that came. */
  cursor: number;
  /** The newest event the server knows to have come. */
  ackedCursor: number;
  /** The number of the newest input. */
  inputSeq: number;
  /** The copy of the state that a player keeps who looks. */
  readonly mirror: StateMirror | undefined;
}

/** A seat before its room has answered. */
export function createSeat(index: number, looks: boolean): Seat {
  const { tables } = createContractTable(arena);
  const mirror = looks
    ? createStateMirror(tables, {
        onError: (error) => {
          throw error;
        },
      })
    : undefined;
  return { sessionId: `${index}`, epoch: "", cursor: 0, ackedCursor: 0, inputSeq: 0, mirror };
}

/** What the mirror shows. */
export function viewOf(mirror: StateMirror, ownName: string): ArenaView {
  const ships = mirror.tables["ships"];
  let sumX = 0;
  for (const ship of ships?.values() ?? []) sumX += (ship as Ship).x;
  const own = ships?.get(ownName) as Ship | undefined;
  return { ownSeq: own?.seq ?? 0, rows: ships?.size ?? 0, sumX };
}
