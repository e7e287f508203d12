import { RoomlineError } from "../../../shared/errors.ts";
import type { DownloadRecordingRequest } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { Actor } from "./actions.ts";
import type { AdminParts } from "./admin-parts.ts";

/** A piece of a recording, in bytes: a message that every client takes. */
const pieceBytes = 262_144;

/** Creates the methods that give the recordings of this node. */
export function createRecordingCalls({ engine, log, nodes }: AdminParts) {
  return {
    listRecordings: () => ({
      recordings: engine.recordings.list().map(({ bytes, isOpen, ...about }) => ({
        ...about,
        ...{ bytes: BigInt(bytes), open: isOpen },
      })),
    }),
    downloadRecording: async function* (
      this: void,
      { roomId, epoch }: DownloadRecordingRequest,
      by: Actor,
    ) {
      const bytes = await engine.recordings.read(roomId, epoch).catch((thrown: unknown) => {
        const error = RoomlineError.from(thrown);
        if (nodes === undefined || error.code !== "unknown-room") throw error;
        // Each worker has its own.
        const message = `${error.message} With workers it may be at another one: give the server a folder for recordings (--record), and open it there.`;
        throw new RoomlineError("unknown-room", message);
      });
      engine.journal.add("admin", { roomId, operator: by.operator, detail: "download recording" });
      log.info({ roomId, ...by }, "operator: download recording");
      for (let at = 0; at < bytes.length; at += pieceBytes)
        yield { data: bytes.subarray(at, at + pieceBytes) };
    },
  };
}
