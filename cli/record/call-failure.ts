import { Code, ConnectError } from "@connectrpc/connect";
import { RoomlineError } from "roomline/client";
import { errorNameHeader } from "../../shared/transport/grpc-names.ts";
import type { TargetOptions } from "../target/target-options.ts";

/** Why a call to AdminService failed, with what to do. */
export function callFailure(
  thrown: unknown,
  { token }: Pick<TargetOptions, "token">,
): RoomlineError {
  if (!(thrown instanceof ConnectError)) return RoomlineError.from(thrown);
  const message = thrown.rawMessage;
  switch (thrown.code) {
    case Code.Unavailable: {
      // The server says so of one of its nodes, or nobody has answered.
      const isTold = thrown.metadata.has(errorNameHeader);
      return new RoomlineError(isTold ? "internal" : "unavailable", message);
    }
    case Code.Unauthenticated:
    case Code.PermissionDenied: {
      const what = token === undefined ? "none was given" : "this one may not";
      return new RoomlineError(
        "unauthenticated",
        `A recording is for operators who may act: give the token of one of the role operate in ROOMLINE_TOKEN (${what}: ${message})`,
      );
    }
    case Code.Unimplemented:
      return new RoomlineError("unavailable", "it gives no recordings: it is older");
    default:
      return new RoomlineError("internal", message);
  }
}
