import { JoinMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { KeptSeat } from "../persist/kept-client.ts";
import type { JoinTarget } from "./messages.ts";

/** What a join asks for: equal for joins that ask for the same. */
export function wishOf(contractName: string, target: JoinTarget): string {
  const { roomId, roomType, mode, optionsJson } = target;
  return JSON.stringify([contractName, roomId, roomType, mode, optionsJson]);
}

/** Whether a seat from before a reload is what a join asks for: with the same wish, or by naming the room it is in. */
export function isWished(seat: KeptSeat, contractName: string, target: JoinTarget): boolean {
  if (seat.wish === wishOf(contractName, target)) return true;
  const { roomId, roomType, mode } = target;
  const isThere = roomId === seat.roomId && (roomType === "" || roomType === seat.roomType);
  return isThere && mode !== JoinMode.CREATE;
}

/** Whether a join that asks for something else may lead to the room that this seat is in. */
export function mayMeet(seat: KeptSeat, { roomId, roomType }: JoinTarget): boolean {
  return roomId === "" ? roomType === seat.roomType : roomId === seat.roomId;
}
