import { RoomlineError } from "../../../shared/errors.ts";
import type {
  DownloadRecordingRequest,
  ListRecordingsRequest,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { PieceAsk } from "../../nodes/operator-calls.ts";
import { within } from "../../nodes/within.ts";
import type { Actor } from "./actions.ts";
import type { AdminParts } from "./admin-parts.ts";
import { adminStream, type AdminStreamContext } from "./admin-stream.ts";
import { findRecording, listRecordings } from "./recording-list.ts";
import { pieceBytes } from "./served-recordings.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** A node that has not given the next piece after so long gives none. */
const pieceWithinMs = 10_000;

/** A piece, as it goes out. */
interface Piece {
  readonly data: Uint8Array;
}

/** Creates the methods that give recordings, at whichever node they are (rules AD-11, RP-7). */
export function createRecordingCalls(parts: AdminParts, places: WatchPlaces) {
  const { engine, log } = parts;
  let downloads = 0;
  return {
    listRecordings: (request: ListRecordingsRequest) => listRecordings(parts, request),
    downloadRecording: (
      request: DownloadRecordingRequest,
      by: Actor,
      context: AdminStreamContext,
    ): AsyncGenerator<Piece> => {
      const download = `${parts.node} ${parts.startedAtMs} ${++downloads}`;
      let giver: string | undefined;
      /** Who does not hear of it notices that nobody asks. */
      const release = (): void => {
        if (giver === undefined) return;
        parts.nodes?.call(giver, "endRecording", { download }).catch(() => undefined);
      };
      return adminStream(pieces(), { parts, places, context, release });

      async function* pieces(): AsyncGenerator<Piece> {
        const { roomId, epoch, node, beganAtMs } = await findRecording(parts, request);
        if (context.signal.aborted) return;
        engine.journal.add("admin", {
          roomId,
          operator: by.operator,
          detail: "download recording",
        });
        log.info({ roomId, ...by }, "operator: download recording");
        const which = { roomId, epoch, beganAtMs: Number(beganAtMs) };
        if (node === "" || node === parts.node) {
          yield* cut(await engine.recordings.read(roomId, epoch, which.beganAtMs));
          return;
        }
        giver = node;
        yield* piecesOf(parts, node, { download, ...which });
        giver = undefined;
      }
    },
  };
}

/** The pieces of a recording of another node, each asked for when the one before is written. Ends with `unavailable` when that is gone. */
async function* piecesOf(
  { nodes, clock }: Pick<AdminParts, "nodes" | "clock">,
  node: string,
  which: Omit<PieceAsk, "at">,
): AsyncGenerator<Piece> {
  for (let [at, bytes] = [0, 1]; at < bytes;) {
    const asked = Promise.resolve(nodes?.call(node, "recordingPiece", { ...which, at })).then(
      (piece) => ({ piece, error: undefined }),
      (thrown: unknown) => ({ piece: undefined, error: RoomlineError.from(thrown) }),
    );
    const { piece, error } = (await within(clock, pieceWithinMs, asked))?.answer ?? {};
    if (error !== undefined && error.code !== "unavailable") throw error;
    if (piece === undefined) throw isGone(node, which.roomId);
    const data = Buffer.from(piece.data, "base64");
    bytes = piece.bytes;
    at += data.length;
    yield { data };
  }
}

function* cut(bytes: Uint8Array): Generator<Piece> {
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield { data: bytes.subarray(at, at + pieceBytes) };
}

function isGone(node: string, roomId: string): RoomlineError {
  return new RoomlineError(
    "unavailable",
    `Node "${node}" gives no more of the recording of room "${roomId}": it is gone, or does not answer. List the recordings again: a node that is gone takes what it had in memory with it.`,
  );
}
