import { create } from "@bufbuild/protobuf";
import { RoomlineError } from "../../../shared/errors.ts";
import {
  ListRecordingsResponseSchema,
  RecordingInfoSchema,
  type DownloadRecordingRequest,
  type ListRecordingsRequest,
  type ListRecordingsResponse,
  type RecordingInfo,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { noRecording, type RecordingAbout } from "../../recording/recordings.ts";
import type { AdminParts } from "./admin-parts.ts";
import { decode } from "./encoded.ts";
import { gather } from "./nodes.ts";
import { rowNode, uint64 } from "./rows.ts";

type Parts = Pick<AdminParts, "engine" | "node" | "nodes">;

/** The recordings of this node alone: of this room, or of all when none is named. */
export function ownRecordings(parts: Parts, roomId: string): ListRecordingsResponse {
  const own = parts.engine.recordings.list().filter(isOf(roomId));
  return create(ListRecordingsResponseSchema, { recordings: own.map(rowAt(rowNode(parts))) });
}

/** The recordings of all nodes, or of the one that is named, and of those in the folder that have ended (rules AD-11, RP-7). */
export async function listRecordings(
  parts: Parts,
  { roomId, node }: Pick<ListRecordingsRequest, "roomId" | "node">,
) {
  const { answers, missing } = await gather(parts, node, {
    method: "recordings",
    ask: { roomId },
    own: () => ownRecordings(parts, roomId),
    read: (answer) => decode(ListRecordingsResponseSchema, answer),
  });
  const held = answers.flatMap((list) => list.recordings);
  const known = held.map((row) => ({ ...row, beganAtMs: Number(row.beganAtMs) }));
  const left = node === "" ? await parts.engine.recordings.left(known) : [];
  const recordings = [...held, ...left.filter(isOf(roomId)).map(rowAt(""))];
  return { recordings: recordings.sort(byBeginning), missing };
}

/** The one that is to be downloaded. Rejects with RoomlineError `unknown-room`, `unknown-node`; `unavailable`: a node that does not answer may have it. */
export async function findRecording(
  parts: Parts,
  request: DownloadRecordingRequest,
): Promise<RecordingInfo> {
  const { roomId } = request;
  if (roomId === "") throw new RoomlineError("invalid-argument", "Give a room_id.");
  const { recordings, missing } = await listRecordings(parts, request);
  const found = toDownload(recordings, request);
  if (found?.open === true || (found !== undefined && missing.length === 0)) return found;
  if (missing.length === 0) throw noRecording(roomId);
  const others =
    found === undefined || found.node === "" ? "" : ` Or name node "${found.node}", which has one.`;
  const message = `${missing.join(", ")} did not answer, and may have the newest recording of room "${roomId}": try again.${others}`;
  throw new RoomlineError("unavailable", message);
}

/** Where the room goes on, or where it was last. */
function toDownload(
  all: readonly RecordingInfo[],
  { epoch, beganAtMs }: DownloadRecordingRequest,
): RecordingInfo | undefined {
  const those = all.filter(
    (one) =>
      (epoch === "" || one.epoch === epoch) && (beganAtMs === 0n || one.beganAtMs === beganAtMs),
  );
  const byEnd = those.toSorted((a, b) => Number(a.endedAtMs - b.endedAtMs));
  return those.findLast(({ open }) => open) ?? byEnd.at(-1);
}

function isOf(roomId: string): (one: { readonly roomId: string }) => boolean {
  return (one) => roomId === "" || one.roomId === roomId;
}

function rowAt(node: string): (about: RecordingAbout) => RecordingInfo {
  return ({ roomId, roomType, epoch, bytes, beganAtMs, endedAtMs }) =>
    create(RecordingInfoSchema, {
      ...{ roomId, roomType, epoch, node },
      ...{ open: endedAtMs === undefined, bytes: uint64(bytes) },
      ...{ beganAtMs: uint64(beganAtMs), endedAtMs: uint64(endedAtMs ?? 0) },
    });
}

function byBeginning(a: RecordingInfo, b: RecordingInfo): number {
  return Number(a.beganAtMs - b.beganAtMs);
}
