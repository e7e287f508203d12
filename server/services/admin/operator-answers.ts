import { create } from "@bufbuild/protobuf";
import {
  ListConnectionsResponseSchema,
  ListRecordingsResponseSchema,
  ListSessionsResponseSchema,
  WatchStatsResponseSchema,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { OperatorAnswers } from "../../nodes/node-calls.ts";
import type { AdminParts } from "./admin-parts.ts";
import { encode } from "./encoded.ts";
import type { OwnNode } from "./own-node.ts";
import { ownRecordings } from "./recording-list.ts";
import type { ServedRecordings } from "./served-recordings.ts";
import type { ServedStats } from "./served-stats.ts";
import { lagMaxOf } from "./survey.ts";

/** What this node answers when operators at another one ask, for itself alone. */
export function createOperatorAnswers(
  parts: Pick<AdminParts, "engine" | "node" | "nodes">,
  own: OwnNode,
  { stats, recordings }: { readonly stats: ServedStats; readonly recordings: ServedRecordings },
): OperatorAnswers {
  const { engine } = parts;
  return {
    connections: (query) =>
      encode(
        ListConnectionsResponseSchema,
        create(ListConnectionsResponseSchema, own.connections(query)),
      ),
    sessions: (query) =>
      encode(ListSessionsResponseSchema, create(ListSessionsResponseSchema, own.sessions(query))),
    findConnection({ connectionId }) {
      const found = own.findConnection(connectionId);
      return found === undefined ? null : { clientId: found.clientId };
    },
    closeConnection(how) {
      own.closeConnection(how);
      return true;
    },
    stats(ask) {
      const { message, lags } = stats.read(ask);
      return { message: encode(WatchStatsResponseSchema, message), lags };
    },
    endStats({ watch }) {
      stats.end(watch);
      return true;
    },
    recordings: ({ roomId }) => encode(ListRecordingsResponseSchema, ownRecordings(parts, roomId)),
    recordingPiece: (ask) => recordings.piece(ask),
    endRecording({ download }) {
      recordings.end(download);
      return true;
    },
    lags({ roomId }) {
      const lags = lagMaxOf(engine);
      if (roomId === "") return [...lags];
      const lag = lags.get(roomId);
      return lag === undefined ? [] : [[roomId, lag]];
    },
  };
}
